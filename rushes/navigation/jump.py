"""To the next or the previous moment of a film, and all of its appearances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Engine

from rushes.artifacts.selection import Selection
from rushes.db.reading import reading
from rushes.errors import InvalidRequestError, NotFoundError
from rushes.library.repository import get_video
from rushes.navigation.direction import Direction
from rushes.navigation.film_walk import FilmQuestion, From, film_statement
from rushes.navigation.found import Grouping, Jump, checked_gap, jump_of
from rushes.navigation.place import film_cursor, film_place
from rushes.navigation.rows import LARGEST_MS
from rushes.navigation.streams import Rows, answered
from rushes.navigation.wanted import Asked, Wanted

MOST_APPEARANCES: Final = 500


@dataclass(frozen=True, slots=True)
class Appearances:
    """A page in order of (start, first artifact_id); `cursor` goes on, the last page has none."""

    video_id: str
    appearances: tuple[Jump, ...]
    has_more: bool
    cursor: str | None


def jump(
    engine: Engine,
    asset_id: str,
    wanted: Sequence[Wanted],
    direction: Direction,
    *,
    from_ms: int | None = None,
    cursor: str | None = None,
    selection: Selection | None = None,
    group: Grouping | None = None,
) -> Jump:
    """Strictly onwards: next is the smallest start > from_ms, prev the largest end < from_ms.

    `from_ms` absent: from before everything, or from after everything. With the `cursor` of an
    answer, or `start` or `end`, both directions walk the one order (start_ms, artifact_id), and
    each artifact is reached once. With `group`, appearances in the place of single spans.
    NotFoundError `no_match` where nothing lies that way, `video_not_found`, `person_not_found`;
    InvalidRequestError `bad_filter`, `bad_cursor`, `empty_query`, `query_too_long`.
    """
    begin = _begin(asset_id, from_ms, cursor)
    values = {"film": asset_id, "gap_ms": checked_gap(group), **begin.values}
    walk = _Walk(direction, begin.name, group is not None, selection, 1)
    found = walk.rows(engine, wanted, values)
    if not found:
        get_video(engine, asset_id)
        raise NotFoundError(_nothing(wanted, direction, from_ms, cursor), code="no_match")
    return _jump(asset_id, found[0])


def appearances(
    engine: Engine,
    asset_id: str,
    wanted: Sequence[Wanted],
    *,
    group: Grouping | None = None,
    selection: Selection | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> Appearances:
    """A film's appearances from the beginning, or after those of the page before.

    Raises as `jump` does, and InvalidRequestError `page_out_of_bounds`; nothing found is a page
    without any.
    """
    if not 1 <= limit <= MOST_APPEARANCES:
        raise InvalidRequestError(
            f"limit {limit} is out of bounds",
            code="page_out_of_bounds",
            remedy=f"use 1 to {MOST_APPEARANCES}",
        )
    begin = _begin(asset_id, None, cursor)
    values = {"film": asset_id, "gap_ms": checked_gap(group or Grouping()), **begin.values}
    walk = _Walk(Direction.NEXT, begin.name, True, selection, limit + 1)
    found = walk.rows(engine, wanted, values)
    if not found:
        get_video(engine, asset_id)
    page = tuple(_jump(asset_id, row) for row in found[:limit])
    has_more = len(found) > limit
    return Appearances(asset_id, page, has_more, page[-1].cursor if has_more else None)


@dataclass(frozen=True, slots=True)
class _Begin:
    name: From
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Walk:
    direction: Direction
    begin: From
    is_grouped: bool
    selection: Selection | None
    limit: int

    def rows(self, engine: Engine, wanted: Sequence[Wanted], values: dict[str, Any]) -> Rows:
        with reading(engine) as connection:

            def rows(streams: Sequence[Asked], everywhere: bool) -> Rows:
                question = self._question(streams)
                if everywhere:
                    question = replace(
                        question,
                        direction=Direction.NEXT,
                        begin=From.EDGE,
                        is_grouped=False,
                        limit=1,
                    )
                own = {
                    name: value
                    for position, each in enumerate(streams)
                    for name, value in each.parameters(position).items()
                }
                return film_statement(question).rows(connection, values | own)

            return answered(connection, wanted, None, rows)

    def _question(self, streams: Sequence[Asked]) -> FilmQuestion:
        shapes = tuple(each.shape for each in streams)
        return FilmQuestion(
            shapes, self.direction, self.begin, self.is_grouped, self.selection, self.limit
        )


def _begin(asset_id: str, from_ms: int | None, cursor: str | None) -> _Begin:
    if cursor is not None:
        if from_ms is not None:
            raise InvalidRequestError(
                "from_ms and cursor were both given", remedy="a cursor alone says where to go on"
            )
        place = film_place(cursor, asset_id)
        return _Begin(From.PLACE, {"at_ms": place.start_ms, "at_id": place.artifact_id})
    if from_ms is None:
        return _Begin(From.EDGE, {})
    if not 0 <= from_ms <= LARGEST_MS:
        raise InvalidRequestError(
            f"from_ms {from_ms} is out of bounds", remedy=f"use 0 to {LARGEST_MS}"
        )
    return _Begin(From.TIME, {"from_ms": from_ms})


def _jump(asset_id: str, row: Any) -> Jump:
    return jump_of(row, film_cursor(asset_id, row.start_ms, row.artifact_id))


def _nothing(
    wanted: Sequence[Wanted], direction: Direction, from_ms: int | None, cursor: str | None
) -> str:
    kinds = " or ".join(each.kind for each in wanted)
    if from_ms is None and cursor is None:
        return f"no {kinds} in this film"
    side = "after" if direction is Direction.NEXT else "before"
    return f"no {kinds} {side} {'that cursor' if from_ms is None else f'{from_ms} ms'}"
