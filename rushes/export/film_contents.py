"""Which films here have the content that a backup speaks of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from rushes.db.sql import load_sql
from rushes.export.contents import OfContent

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class FilmHere:
    """A film's content version. `is_current`: not one that the file had before."""

    asset_id: str
    content_version: int
    content_hash: str
    full_hash: str | None
    is_current: bool
    is_favorite: bool


class FilmsHere:
    """The films of one library by content."""

    def __init__(
        self, connection: Connection, library_slug: str, wanted: Iterable[OfContent]
    ) -> None:
        records = list(wanted)
        rows = connection.execute(
            load_sql(_HERE, "films_of_contents"),
            {
                "library_slug": library_slug,
                "contents": sorted({each.content_hash for each in records}),
                "full_hashes": sorted({each.full_hash for each in records if each.full_hash}),
            },
        )
        self._by_hash: defaultdict[str, list[FilmHere]] = defaultdict(list)
        for row in rows:
            film = FilmHere(*row)
            for name in {film.content_hash, film.full_hash} - {None}:
                self._by_hash[str(name)].append(film)

    def of(self, record: OfContent) -> list[FilmHere]:
        """All films of that content, copies too.

        One sampled hash is one content, unless both sides know all bytes and those differ.
        """
        found = self._by_hash.get(record.content_hash, [])
        exact = self._by_hash.get(record.full_hash, []) if record.full_hash else []
        return [
            film
            for film in dict.fromkeys([*found, *exact])
            if None in (film.full_hash, record.full_hash) or film.full_hash == record.full_hash
        ]
