"""Which listed files are taken, which still settle and which must be hashed. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from rushes.library.listing import ListedFile

DELETED: Final = "deleted"
"""The code of a file whose film was deleted on demand: it is left alone until it changes."""


@dataclass(frozen=True, slots=True)
class FileRecord:
    """What the last looks left about one path; `content_hash` belongs to this size and mtime."""

    path: str
    size_bytes: int
    mtime_ns: int
    first_seen_at: datetime
    state: str
    content_hash: str | None = None
    asset_id: str | None = None
    error_code: str | None = None
    error_text: str | None = None

    def is_same_file(self, size_bytes: int | None, mtime_ns: int | None) -> bool:
        """Whether a file of this size and mtime is the one that was seen."""
        return (self.size_bytes, self.mtime_ns) == (size_bytes, mtime_ns)


@dataclass(slots=True)
class Observation:
    """Listed files by what is to be done: nothing (hash known), hash, wait, or report again."""

    hashed: dict[str, str] = field(default_factory=dict)
    to_hash: list[ListedFile] = field(default_factory=list)
    settling: list[ListedFile] = field(default_factory=list)
    rejected: list[FileRecord] = field(default_factory=list)


def observe(
    films: Iterable[ListedFile],
    records: Mapping[str, FileRecord],
    *,
    now: datetime,
    stability_seconds: float,
    retry_rejected: bool = False,
    named: Collection[str] = (),
) -> Observation:
    """Sort `films` by what the last looks say about them.

    A film is stable when the same size and mtime were first seen `stability_seconds` before `now`.
    So is one with size and mtime of a film that was taken elsewhere and is gone from there: a
    rename keeps both, and what moved must not pass for missing while it settles. One whose bytes
    could not be read is tried again when it changes, or with `retry_rejected`. One whose film
    was deleted on demand comes back only when it changes, or with `retry_rejected` where it is
    `named`: the path that was asked for is its own.
    """
    observation = Observation()
    films = list(films)
    vanished = _vanished(films, records)
    for film in films:
        record = records.get(film.path)
        if record is not None and not record.is_same_file(film.size_bytes, film.mtime_ns):
            record = None
        if record is not None and record.content_hash is not None:
            observation.hashed[film.path] = record.content_hash
        elif (
            record is not None
            and record.state == "rejected"
            and not (retry_rejected and (record.error_code != DELETED or record.path in named))
        ):
            observation.rejected.append(record)
        elif (
            _is_stable(record, now, stability_seconds)
            or (film.size_bytes, film.mtime_ns) in vanished
        ):
            observation.to_hash.append(film)
        else:
            observation.settling.append(film)
    return observation


def first_seen(record: FileRecord | None, film: ListedFile, now: datetime) -> datetime:
    """When this size and mtime were first seen; a clock that was set back starts anew."""
    if record is None or not record.is_same_file(film.size_bytes, film.mtime_ns):
        return now
    return min(record.first_seen_at, now)


def _vanished(
    films: Iterable[ListedFile], records: Mapping[str, FileRecord]
) -> set[tuple[int, int]]:
    """Size and mtime of the films that were taken at a path that has no film now."""
    listed = {film.path for film in films}
    return {
        (record.size_bytes, record.mtime_ns)
        for record in records.values()
        if record.state == "taken" and record.path not in listed
    }


def _is_stable(record: FileRecord | None, now: datetime, stability_seconds: float) -> bool:
    if stability_seconds <= 0:
        return True
    if record is None:
        return False
    return now - record.first_seen_at >= timedelta(seconds=stability_seconds)
