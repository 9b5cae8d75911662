"""To the next or the previous moments across all films."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, select

from rushes.artifacts.selection import Selection
from rushes.db.reading import kept, reading
from rushes.db.tables import asset
from rushes.errors import InvalidRequestError, NotFoundError
from rushes.library.repository import get_library
from rushes.navigation.direction import Direction
from rushes.navigation.found import Grouping, Jump, checked_gap, jump_of
from rushes.navigation.library_films import Reach, film_query
from rushes.navigation.library_walk import LibraryFrom, LibraryQuestion, library_statement
from rushes.navigation.place import (
    END,
    START,
    LibraryPlace,
    first_of_film,
    last_of_film,
    library_cursor,
    library_place,
)
from rushes.navigation.rows import LARGEST_MS
from rushes.navigation.streams import Rows, answered
from rushes.navigation.wanted import Asked, Wanted

MOST_RESULTS: Final = 50
NEAR_FILMS: Final = 32
"""So many films are looked at one by one before an index of all films is asked for words."""

_UNDATED: Final = "infinity"
_FIRST: Final = {"at_captured": "-infinity", "at_film": ""}
_LAST: Final = {"at_captured": _UNDATED, "at_film": "\U0010ffff"}


@dataclass(frozen=True, slots=True)
class FilmJump:
    """Where to go, and in which film; its volume's label where the library is offline."""

    jump: Jump
    path: str
    library: str
    library_status: str
    volume_label: str | None
    capture_time: datetime | None


@dataclass(frozen=True, slots=True)
class FilmJumps:
    """A page in the order of the walk; `cursor` goes on, the last page has none."""

    results: tuple[FilmJump, ...]
    has_more: bool
    cursor: str | None


def jump_library(
    engine: Engine,
    wanted: Sequence[Wanted],
    direction: Direction,
    *,
    library: str | None = None,
    limit: int = 10,
    cursor: str | None = None,
    start: tuple[str, int | None] | None = None,
    selection: Selection | None = None,
    group: Grouping | None = None,
) -> FilmJumps:
    """The moments of all films in order of (capture time, asset_id, start_ms, artifact_id).

    Undated films are last. Both directions walk that one order, from `cursor`, or from a film and
    a time in it (`start`; without a time from before, or after, everything in it), or from the
    order's end. From a time: next starts strictly after it, prev ends strictly before it. Nothing
    found is a page without results. InvalidRequestError and NotFoundError as `jump` raises them,
    `library_not_found` and `page_out_of_bounds` too.
    """
    if not 1 <= limit <= MOST_RESULTS:
        raise InvalidRequestError(
            f"limit {limit} is out of bounds",
            code="page_out_of_bounds",
            remedy=f"use 1 to {MOST_RESULTS}",
        )
    values: dict[str, Any] = {"library": library, "gap_ms": checked_gap(group)}
    with reading(engine) as connection:
        begin = _begin(connection, direction, cursor, start)
        if begin is None:
            return FilmJumps((), False, None)
        walk = _Walk(
            connection, direction, begin.name, library is not None, group is not None, selection,
            limit + 1, values | begin.values,
        )  # fmt: skip
        found = answered(connection, wanted, library, walk.rows)
        if not found and library is not None:
            get_library(connection, library)
    page = tuple(map(_film_jump, found[:limit]))
    has_more = len(found) > limit
    return FilmJumps(page, has_more, page[-1].jump.cursor if has_more else None)


@dataclass(frozen=True, slots=True)
class _Begin:
    name: LibraryFrom
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Walk:
    connection: Connection
    direction: Direction
    begin: LibraryFrom
    in_library: bool
    is_grouped: bool
    selection: Selection | None
    limit: int
    values: dict[str, Any]

    def rows(self, streams: Sequence[Asked], everywhere: bool) -> Rows:
        queries = [film_query(self.connection, each) for each in streams]
        values = dict(self.values)
        for position, (each, query) in enumerate(zip(streams, queries, strict=True)):
            values |= {**each.parameters(position), f"film_query_{position}": query}
        question = self._question(streams, tuple(query is not None for query in queries))
        if everywhere:
            question = replace(question, begin=LibraryFrom.EDGE, is_grouped=False, limit=1)
        if not any(question.by_words):
            return library_statement(question).rows(self.connection, values)
        return self._by_words(question, values)

    def _by_words(self, question: LibraryQuestion, values: dict[str, Any]) -> Rows:
        """Words of many films fill a page within a few films; all others the index finds."""
        edge = _FIRST if question.direction is Direction.NEXT else _LAST
        place = {**edge, **(values if question.is_onwards else {}), "films": NEAR_FILMS}
        after = "film_after" if question.direction is Direction.NEXT else "film_before"
        last = kept(Path(__file__).parent, after).rows(self.connection, place)
        if not last:
            return self._reached(question, Reach.ALL, values)
        near = {"near_captured": last[0].captured_at, "near_film": last[0].asset_id}
        found = self._reached(question, Reach.NEAR, values | near)
        if len(found) == question.limit:
            return found
        return self._reached(question, Reach.INDEX, values)

    def _reached(self, question: LibraryQuestion, reach: Reach, values: dict[str, Any]) -> Rows:
        return library_statement(replace(question, reach=reach)).rows(self.connection, values)

    def _question(self, streams: Sequence[Asked], by_words: tuple[bool, ...]) -> LibraryQuestion:
        return LibraryQuestion(
            tuple(each.shape for each in streams),
            by_words,
            self.direction,
            self.begin,
            Reach.ALL,
            self.in_library,
            self.is_grouped,
            self.selection,
            self.limit,
        )


def _begin(
    connection: Connection,
    direction: Direction,
    cursor: str | None,
    start: tuple[str, int | None] | None,
) -> _Begin | None:
    """None where nothing can lie that way."""
    if cursor is not None and start is not None:
        raise InvalidRequestError(
            "a film and a cursor were both given", remedy="a cursor alone says where to go on"
        )
    if cursor in (START, END):
        from_there = Direction.NEXT if cursor == START else Direction.PREV
        return _Begin(LibraryFrom.EDGE, {}) if direction is from_there else None
    if cursor is not None:
        return _Begin(LibraryFrom.PLACE, _values(library_place(cursor)))
    if start is None:
        return _Begin(LibraryFrom.EDGE, {})
    return _in_film(connection, direction, *start)


def _in_film(
    connection: Connection, direction: Direction, asset_id: str, from_ms: int | None
) -> _Begin:
    if from_ms is not None and not 0 <= from_ms <= LARGEST_MS:
        raise InvalidRequestError(
            f"from_ms {from_ms} is out of bounds", remedy=f"use 0 to {LARGEST_MS}"
        )
    film = connection.execute(
        select(asset.c.capture_time).where(asset.c.asset_id == asset_id)
    ).first()
    if film is None:
        raise NotFoundError(f"there is no film {asset_id!r}", code="video_not_found")
    edge = first_of_film if direction is Direction.NEXT else last_of_film
    place = edge(film.capture_time, asset_id)
    if from_ms is None:
        return _Begin(LibraryFrom.PLACE, _values(place))
    return _Begin(LibraryFrom.TIME, _values(replace(place, start_ms=from_ms)))


def _values(place: LibraryPlace) -> dict[str, Any]:
    captured = place.captured_at
    return {
        "at_captured": _UNDATED if captured is None else captured.isoformat(),
        "at_film": place.asset_id,
        "at_ms": place.start_ms,
        "at_id": place.artifact_id,
    }


def _film_jump(row: Any) -> FilmJump:
    place = LibraryPlace(row.capture_time, row.asset_id, row.start_ms, row.artifact_id)
    return FilmJump(
        jump=jump_of(row, library_cursor(place)),
        path=row.path,
        library=row.library_slug,
        library_status=row.library_status,
        volume_label=row.volume_label if row.library_status == "offline" else None,
        capture_time=row.capture_time,
    )
