"""Films of other libraries that share a sampled hash with a newcomer.

Documents and cache are kept by content hash for all libraries together, so a sampled hash that
another library has must be compared by all bytes as well.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, text

from rushes.db.sql import load_sql
from rushes.errors import MediaError
from rushes.library.content_hash import full_hash

_HERE = Path(__file__).parent
# Any fixed number: newcomers that may collide are written one library at a time.
_NEWCOMERS_LOCK = 0x4E455743


@dataclass(frozen=True, slots=True)
class FilmElsewhere:
    """A version of a film of another library; `is_there` when its file may still be read."""

    asset_id: str
    path: Path
    content_hash: str
    full_hash: str | None
    size_bytes: int
    mtime_ns: int
    is_there: bool


@dataclass(frozen=True, slots=True)
class LearntHash:
    """The full hash that was taken of a film of another library."""

    asset_id: str
    content_hash: str
    full_hash: str


def films_elsewhere(
    connection: Connection, slug: str, contents: Collection[str]
) -> list[FilmElsewhere]:
    """The films outside the library `slug` with one of `contents`, those of former versions too."""
    rows = connection.execute(
        load_sql(_HERE, "films_elsewhere"), {"slug": slug, "content_hash": list(contents)}
    )
    return [
        FilmElsewhere(
            row.asset_id,
            Path(row.root) / row.path,
            row.content_hash,
            row.full_hash,
            row.size_bytes,
            row.mtime_ns,
            row.is_there,
        )
        for row in rows
    ]


def full_hashes_elsewhere(
    films: Iterable[FilmElsewhere],
) -> tuple[dict[str, str | None], list[LearntHash]]:
    """The full hash by content hash, and what had to be read for that.

    None stands for a content that nobody can compare with: no full hash, and no readable file.
    """
    by_content: dict[str, list[FilmElsewhere]] = {}
    for film in films:
        by_content.setdefault(film.content_hash, []).append(film)
    full: dict[str, str | None] = {}
    learnt: list[LearntHash] = []
    for content, group in by_content.items():
        full[content] = next((film.full_hash for film in group if film.full_hash), None)
        if full[content] is None and (read := _first_readable(group)) is not None:
            learnt.append(read)
            full[content] = read.full_hash
    return full, learnt


def save_full_hashes_elsewhere(connection: Connection, learnt: Sequence[LearntHash]) -> None:
    """Keep what was read, so that no film of another library is read twice."""
    if learnt:
        columns = {
            "asset_id": [each.asset_id for each in learnt],
            "content_hash": [each.content_hash for each in learnt],
            "full_hash": [each.full_hash for each in learnt],
        }
        connection.execute(load_sql(_HERE, "save_full_hashes_elsewhere"), columns)


def lock_newcomers(connection: Connection) -> None:
    """Until the transaction ends, no other library writes newcomers that may collide."""
    connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _NEWCOMERS_LOCK})


def _first_readable(films: Iterable[FilmElsewhere]) -> LearntHash | None:
    for film in films:
        if not film.is_there:
            continue
        try:
            digest = full_hash(film.path, size_bytes=film.size_bytes, mtime_ns=film.mtime_ns)
        except MediaError:
            continue  # not the file that was taken, or out of reach
        return LearntHash(film.asset_id, film.content_hash, digest)
    return None
