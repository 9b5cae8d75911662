"""Whether a library needs a scan: a cheap look at names, sizes and times. Nothing is written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from rushes.errors import MediaError
from rushes.library import repository, scan_store
from rushes.library.listing import ListedFile, list_films
from rushes.library.records import Library
from rushes.library.registration import nested_prefixes
from rushes.library.stability import FileRecord, observe
from rushes.settings import Settings


@dataclass(frozen=True, slots=True)
class LibraryChanges:
    """What differs from the last scan. `signature` names this very difference."""

    slug: str
    new_or_changed: int
    gone: int
    settled: int
    """Files whose stability guard has run out."""
    came_or_went: bool
    """The root was there at the last scan and is not now, or the other way round."""
    signature: str

    @property
    def needs_scan(self) -> bool:
        return self.came_or_went or bool(self.new_or_changed or self.gone or self.settled)


def look(engine: Engine, slug: str, *, now: datetime, settings: Settings) -> LibraryChanges:
    """Compare the library's folder with what the last scan left."""
    with engine.connect() as connection:
        library = repository.get_library(connection, slug)
        others = repository.all_libraries(connection)
        records = scan_store.file_records(connection, slug)
    try:
        listing = list_films(
            library.root,
            library.include,
            library.exclude,
            only=library.only,
            skip=tuple(nested_prefixes(library, others, settings.data_dir)),
        )
    except MediaError:
        return _gone_offline(library)
    if library.status == "offline":
        return LibraryChanges(slug, 0, 0, 0, True, _signature(slug, ["online"], library))
    unlisted = tuple(listing.unlisted)
    differing, gone, settled = differences(
        listing.films,
        records,
        unlisted,
        now=now,
        stability_seconds=settings.stability_seconds,
    )
    names = [*differing, *gone, *settled]
    return LibraryChanges(
        slug, len(differing), len(gone), len(settled), False, _signature(slug, names, library)
    )


def differences(
    films: Iterable[ListedFile],
    records: Mapping[str, FileRecord],
    unlisted: tuple[str, ...],
    *,
    now: datetime,
    stability_seconds: float,
) -> tuple[list[str], list[str], list[str]]:
    """Paths that are (new or changed, gone, settled) since the records were written."""
    listed = {film.path: film for film in films}
    observation = observe(listed.values(), records, now=now, stability_seconds=stability_seconds)
    settled = [film.path for film in observation.to_hash if film.path in records]
    differing = [
        film.path
        for film in listed.values()
        if not (
            (record := records.get(film.path))
            and record.is_same_file(film.size_bytes, film.mtime_ns)
        )
    ]
    gone = [
        path
        for path, record in records.items()
        if record.state == "taken"
        and path not in listed
        and not any(path.startswith(f"{prefix}/") or path == prefix for prefix in unlisted)
    ]
    return differing, sorted(gone), sorted(set(settled) - set(differing))


def _gone_offline(library: Library) -> LibraryChanges:
    went = library.status == "online"
    return LibraryChanges(library.slug, 0, 0, 0, went, _signature(library.slug, [], library))


def _signature(slug: str, names: Iterable[str], library: Library) -> str:
    # With the last scan's time, so that the same difference after another scan is a new one.
    text = "\n".join([slug, str(library.last_scan_at), library.status, *names])
    return hashlib.sha256(text.encode()).hexdigest()[:16]
