"""What can be done with libraries. The only module of `rushes.library` that changes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, text

from rushes.audit import COMMAND_LINE, record
from rushes.errors import InvalidRequestError
from rushes.library import repository, scan_store
from rushes.library.identity import KnownAsset
from rushes.library.listing import Disk
from rushes.library.paths import normalised_prefix
from rushes.library.records import SCOPE_SETTING, Library, LibraryStatus
from rushes.library.registration import (
    Place,
    check_is_listed,
    covering_library,
    covers,
    find_place,
    nested_prefixes,
    relative_to_root,
    widened,
)
from rushes.library.report import ScanReport
from rushes.library.scan import LibraryScan
from rushes.library.scan_options import Progress, ScanOptions
from rushes.library.slugs import checked_slug, slug_from_name
from rushes.library.volumes import root_identity, volume_label
from rushes.settings import Settings

LOCK_WAIT_SECONDS = 60.0
# Any fixed number: libraries are added one at a time, so that roots and slugs stay apart.
_ADD_LOCK = 0x4144444C


@dataclass(frozen=True, slots=True)
class AddedLibrary:
    """The library of a path; `only` limits its scan to that path, `created` tells a new one."""

    library: Library
    only: str
    created: bool


class LibraryService:
    """Libraries over one database. A library's folder is only ever read.

    `hash_threads` read files at the same time; `disk` are the system calls of a listing.
    """

    def __init__(
        self, engine: Engine, settings: Settings, *, hash_threads: int = 2, disk: Disk | None = None
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._hash_threads = hash_threads
        self._disk = disk

    def add(
        self,
        path: Path,
        slug: str | None = None,
        *,
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
        settings: Mapping[str, Any] | None = None,
    ) -> AddedLibrary:
        """The library of a folder or film: the one around it, or a new one.

        A new library of a single film has the film's folder as root and is limited to that film,
        until more of the folder is added. Globs and settings are for a new library only. Raises
        NotFoundError `path_not_found`, InvalidRequestError `slug_taken`, `invalid_slug`,
        `library_exists`, `path_excluded`, `not_a_film`, `name_not_utf8`.
        """
        place = find_place(path)
        with self._engine.begin() as connection:
            connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _ADD_LOCK})
            libraries = repository.all_libraries(connection)
            library = covering_library(place, libraries)
            if library is not None:
                _check_same_slug(library, slug, (include, exclude, settings))
                return _reused(connection, library, place)
            columns = {"include": list(include), "exclude": list(exclude)}
            return _created(
                connection, place, slug, libraries, {**columns, "settings": dict(settings or {})}
            )

    def scan(
        self,
        slug: str,
        *,
        stability_seconds: float | None = None,
        now: datetime | None = None,
        only: str | None = None,
        retry_rejected: bool = False,
        wait_seconds: float = LOCK_WAIT_SECONDS,
        progress: Progress | None = None,
    ) -> ScanReport:
        """Look at the library and bring its films up to date. Never raises for one film.

        `stability_seconds`: by default the setting; 0 takes every film at once. `only`: a relative
        path to limit the look to; nothing outside is changed. `retry_rejected`: read again what
        could not be read. Raises NotFoundError, InvalidRequestError `invalid_path`,
        `library_busy` (another scan ran for `wait_seconds`).
        """
        with self._engine.connect() as connection:
            repository.get_library(connection, slug)
        with scan_store.library_lock(self._engine, slug, wait_seconds) as connection:
            with connection.begin():
                library = repository.get_library(connection, slug)
                others = repository.all_libraries(connection)
            guard = self._settings.stability_seconds
            options = ScanOptions(
                now=now or datetime.now(UTC),
                stability_seconds=guard if stability_seconds is None else stability_seconds,
                only=(normalised_prefix(only),) if only else library.only,
                skip=tuple(nested_prefixes(library, others, self._settings.data_dir)),
                retry_rejected=retry_rejected,
                threads=self._hash_threads,
                progress=progress or (lambda done, total: None),
                disk=self._disk,
            )
            return LibraryScan(connection, library, options).run()

    def relocate(self, slug: str, new_root: Path, *, force: bool = False) -> Library:
        """The library lies at `new_root` now; films keep their ids and results.

        Raises InvalidRequestError `nothing_known_there` when no film of the library lies there
        under its path and with its size, unless `force`; `root_taken`; NotFoundError.
        """
        place = find_place(new_root)
        if place.is_file:
            raise InvalidRequestError(f"{str(place.path)!r} is not a folder", code="not_a_folder")
        with scan_store.library_lock(self._engine, slug, LOCK_WAIT_SECONDS) as connection:
            with connection.begin():
                repository.get_library(connection, slug)
                known, _ = scan_store.known_assets(connection, slug)
                _check_root_is_free(connection, slug, place.path)
            if known and not force and not any(_lies_there(place.path, asset) for asset in known):
                raise InvalidRequestError(
                    f"no film of library {slug!r} lies in {str(place.path)!r}",
                    code="nothing_known_there",
                    remedy="check the folder, or use --force",
                )
            with connection.begin():
                repository.update_library(connection, slug, **_root_columns(place.path))
                record(
                    connection, COMMAND_LINE, "library.relocate", slug, {"root": str(place.path)}
                )
                return repository.get_library(connection, slug)

    def list(self) -> list[Library]:
        """Every library, by slug."""
        with self._engine.connect() as connection:
            return repository.all_libraries(connection)

    def get(self, slug: str) -> Library:
        """The library `slug`. Raises NotFoundError `library_not_found`."""
        with self._engine.connect() as connection:
            return repository.get_library(connection, slug)

    def status(self, slug: str) -> LibraryStatus:
        """The library with the numbers of its films, from Postgres alone."""
        with self._engine.connect() as connection:
            return repository.library_status(connection, slug)


def _check_same_slug(library: Library, slug: str | None, wishes: tuple[Any, ...]) -> None:
    if slug in (None, library.slug) and not any(wishes):
        return
    raise InvalidRequestError(
        f"library {library.slug!r} has {str(library.root)!r} already",
        code="library_exists",
        remedy="leave name, globs and settings out to use it",
    )


def _reused(connection: Connection, library: Library, place: Place) -> AddedLibrary:
    only = relative_to_root(place.path, library.root) or ""
    check_is_listed(only, place, library)
    if not covers(library, place.path):
        scope = {**library.settings, SCOPE_SETTING: widened(library.only, only)}
        repository.update_library(connection, library.slug, settings=scope)
        library = repository.get_library(connection, library.slug)
    return AddedLibrary(library, only, created=False)


def _created(
    connection: Connection,
    place: Place,
    slug: str | None,
    libraries: Sequence[Library],
    columns: dict[str, Any],
) -> AddedLibrary:
    taken = {library.slug for library in libraries}
    if slug in taken:
        raise InvalidRequestError(
            f"there is a library {slug!r} with another folder",
            code="slug_taken",
            remedy="choose another name, or relocate that library",
        )
    name = checked_slug(slug) if slug else slug_from_name(place.folder.name, taken)
    only = place.path.name if place.is_file else ""
    if only:
        columns["settings"] = {**columns["settings"], SCOPE_SETTING: [only]}
    repository.insert_library(connection, slug=name, **columns, **_root_columns(place.folder))
    library = repository.get_library(connection, name)
    check_is_listed(only, place, library)
    return AddedLibrary(library, only, created=True)


def _root_columns(root: Path) -> dict[str, Any]:
    identity = root_identity(root)
    return {
        "root": str(root),
        "root_device": identity.device,
        "root_inode": identity.inode,
        "volume_label": volume_label(root),
        "status": "online",
        "status_reason": None,
    }


def _check_root_is_free(connection: Connection, slug: str, root: Path) -> None:
    for other in repository.all_libraries(connection):
        if other.slug != slug and other.root == root:
            raise InvalidRequestError(
                f"{str(root)!r} is the root of library {other.slug!r}", code="root_taken"
            )


def _lies_there(root: Path, asset: KnownAsset) -> bool:
    try:
        return (root / asset.path).stat().st_size == asset.size_bytes
    except OSError:
        return False
