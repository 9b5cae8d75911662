"""Where in a film something was said or is written: the next ones, or those before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Integer,
    Row,
    Select,
    bindparam,
    func,
    select,
    tuple_,
    union_all,
)

from rushes.artifacts.selection import Selection
from rushes.db.reading import Statement, reading
from rushes.db.tables import artifacts, runs
from rushes.errors import InvalidRequestError
from rushes.navigation import cursor as cursors
from rushes.navigation.direction import Direction
from rushes.navigation.kinds import KIND_TABLES, Kind
from rushes.navigation.rows import LARGEST_MS, number, rows_of, word
from rushes.navigation.sources import Source
from rushes.navigation.text_query import Strength, letters_of
from rushes.navigation.wanted import Asked, Shape, Wanted, look_up
from rushes.search.moment import HEADLINE_OPTIONS, MARKS, mark_letters, moment, snippet

MOST_MATCHES: Final = 1000
_CURSOR: Final = "find"
_KINDS: Final = {Source.TRANSCRIPT: Kind.TRANSCRIPT, Source.OCR: Kind.OCR}


@dataclass(frozen=True, slots=True)
class Match:
    """A span that has it, in ms; `words_*_ms` is when within it the words themselves are said.

    `snippet` is HTML-escaped, with `<mark>` around what was hit.
    """

    artifact_id: str
    source: Source
    start_ms: int
    end_ms: int
    words_start_ms: int
    words_end_ms: int
    snippet: str
    text: str
    run_id: str
    producer: str
    producer_version: str
    model_profile: str
    origin: str


@dataclass(frozen=True, slots=True)
class Found:
    """Matches in the order of the direction; `cursor` goes on, the last page has none."""

    video_id: str
    matched: Strength
    matches: tuple[Match, ...]
    has_more: bool
    cursor: str | None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the search begins: a time, a place in the order, or that direction's end."""

    name: str
    values: dict[str, Any]


def find(
    engine: Engine,
    asset_id: str,
    text: str,
    *,
    direction: Direction = Direction.NEXT,
    from_ms: int | None = None,
    source: Source | None = None,
    selection: Selection | None = None,
    limit: int = 20,
    cursor: str | None = None,
) -> Found:
    """The matches that start after `from_ms`, or backwards those that end before it.

    In order of (start, artifact_id), backwards the same turned round. `text`: words, "a phrase",
    OR, -without; where no words of the film match, it is looked for letter by letter. Raises
    InvalidRequestError `empty_query`, `query_too_long`, `bad_cursor`, `page_out_of_bounds`.
    """
    if not 1 <= limit <= MOST_MATCHES or not 0 <= (from_ms or 0) <= LARGEST_MS:
        raise InvalidRequestError(
            f"limit {limit} or from_ms {from_ms} is out of bounds",
            code="page_out_of_bounds",
            remedy=f"limit 1 to {MOST_MATCHES}, from_ms 0 to {LARGEST_MS}",
        )
    place = _place(asset_id, from_ms, cursor)
    kinds = [_KINDS[source]] if source else list(_KINDS.values())
    values = {"asset_id": asset_id, "most": limit + 1, **place.values}
    with reading(engine) as connection:
        first = look_up(connection, Wanted(kinds[0], text=text))
        for strength in (Strength.WORDS, Strength.LETTERS):
            shapes = [replace(first.shape, kind=kind, strength=strength) for kind in kinds]
            asked = [Asked(shape, first.values) for shape in shapes]
            rows = _rows(connection, asked, direction, place.name, selection, values)
            if rows or (
                place.name
                and _rows(connection, asked, direction, "", selection, values | {"most": 1})
            ):
                break
    matches = tuple(_match(row, text.strip(), strength) for row in rows[:limit])
    onwards = _cursor(asset_id, rows[limit - 1]) if len(rows) > limit else None
    return Found(asset_id, strength, matches, len(rows) > limit, onwards)


def _cursor(asset_id: str, last: Any) -> str:
    return cursors.encode((_CURSOR, asset_id, last.start_ms, last.artifact_id))


def _place(asset_id: str, from_ms: int | None, cursor: str | None) -> _Place:
    if cursor is not None:
        if from_ms is not None:
            raise InvalidRequestError(
                "from_ms and cursor were both given", remedy="a cursor alone says where to go on"
            )
        of, film, at_ms, at_id = cursors.decode(cursor, str, str, int, str)
        if (of, film) != (_CURSOR, asset_id):
            raise InvalidRequestError(
                "that cursor is of another question",
                code="bad_cursor",
                remedy="take the cursor of the answer before, or leave it out to begin anew",
            )
        return _Place("cursor", {"at_ms": at_ms, "at_id": at_id})
    return _Place("from", {"from_ms": from_ms}) if from_ms is not None else _Place("", {})


def _rows(
    connection: Connection,
    asked: Sequence[Asked],
    direction: Direction,
    place: str,
    selection: Selection | None,
    values: dict[str, Any],
) -> Sequence[Row[Any]]:
    statement = _statement(tuple(each.shape for each in asked), direction, place, selection)
    own = {
        name: value
        for position, each in enumerate(asked)
        for name, value in each.parameters(position).items()
    }
    return statement.rows(connection, values | own)


@lru_cache(maxsize=128)
def _statement(
    shapes: tuple[Shape, ...], direction: Direction, place: str, selection: Selection | None
) -> Statement:
    most = bindparam("most", type_=Integer)
    sources = [
        _bounded(shape, position, direction, place, selection).limit(most).subquery()
        for position, shape in enumerate(shapes)
    ]
    every = union_all(*(select(each) for each in sources)).subquery("every")
    page = select(every).order_by(*_order(every.c, direction)).limit(most).subquery("page")
    marked = func.ts_headline(
        page.c.language,
        func.translate(page.c.value, MARKS, ""),
        func.websearch_to_tsquery(page.c.language, word("text_web_0")),
        HEADLINE_OPTIONS,
    )
    query = (
        select(
            page,
            marked.label("marked"),
            artifacts.c.payload["words"].label("words"),
            artifacts.c.producer,
            artifacts.c.producer_version,
            artifacts.c.model_profile,
            runs.c.origin,
        )
        .join(artifacts, artifacts.c.artifact_id == page.c.artifact_id)
        .join(runs, runs.c.run_id == page.c.run_id)
        .order_by(*_order(page.c, direction))
    )
    return Statement.of(query)


def _bounded(
    shape: Shape, position: int, direction: Direction, place: str, selection: Selection | None
) -> Select[Any]:
    columns = KIND_TABLES[shape.kind].table.c
    rows = rows_of(shape, position, word("asset_id"), selection)
    rows = rows.add_columns(columns.language).order_by(*_order(columns, direction))
    here = tuple_(columns.start_ms, columns.artifact_id)
    there = tuple_(number("at_ms"), word("at_id"))
    if direction is Direction.NEXT:
        bounds = {"from": columns.start_ms > number("from_ms"), "cursor": here > there}
    else:
        # What ends before a time starts before it too: that is what an index can begin with.
        before = (columns.end_ms < number("from_ms")) & (columns.start_ms < number("from_ms"))
        bounds = {"from": before, "cursor": here < there}
    return rows.where(bounds[place]) if place else rows


def _order(columns: Any, direction: Direction) -> list[ColumnElement[Any]]:
    order = [columns.start_ms, columns.artifact_id]
    return order if direction is Direction.NEXT else [each.desc() for each in order]


def _match(row: Row[Any], text: str, strength: Strength) -> Match:
    marked = row.marked
    if strength is Strength.LETTERS or MARKS[0] not in marked:
        marked = mark_letters(row.value, letters_of(text))
    words_start_ms, words_end_ms = moment(marked, row.words or [], row.start_ms, row.end_ms)
    return Match(
        artifact_id=row.artifact_id,
        source=Source(row.kind),
        start_ms=row.start_ms,
        end_ms=row.end_ms,
        words_start_ms=words_start_ms,
        words_end_ms=words_end_ms,
        snippet=snippet(marked),
        text=row.value,
        run_id=row.run_id,
        producer=row.producer,
        producer_version=row.producer_version,
        model_profile=row.model_profile,
        origin=row.origin,
    )
