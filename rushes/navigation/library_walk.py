"""The statement that goes through all films from a place on, kept for each shape.

A film is looked into only as long as the answer is not full: films come in the order of an index,
and each gives its spans in order too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    Text,
    case,
    literal_column,
    or_,
    select,
    true,
    tuple_,
    union_all,
)

from rushes.artifacts.selection import Selection
from rushes.db.reading import Statement
from rushes.db.tables import asset, libraries
from rushes.navigation.appearance import SpanColumns, Spans
from rushes.navigation.described import described
from rushes.navigation.direction import Direction
from rushes.navigation.library_films import FilmsThatCan, Reach
from rushes.navigation.rows import LARGEST_MS, number, word
from rushes.navigation.wanted import Shape

_FILM: Final = literal_column("films.asset_id", Text)


class LibraryFrom(StrEnum):
    """Where a walk begins."""

    EDGE = "edge"
    """Before everything, or after everything."""
    TIME = "time"
    """In the film `at_film`, strictly after the start, or before the end, at `at_ms`."""
    PLACE = "place"
    """After or before the place (`at_captured`, `at_film`, `at_ms`, `at_id`) of the one order."""


@dataclass(frozen=True, slots=True)
class LibraryQuestion:
    """What decides the statement. Its parameters: those of each shape by its position,
    `film_query_N` of those that `by_words` says, `library`, `gap_ms`, and those of `begin` and
    of `reach`.
    """

    shapes: tuple[Shape, ...]
    by_words: tuple[bool, ...]
    direction: Direction
    begin: LibraryFrom
    reach: Reach
    in_library: bool
    is_grouped: bool
    selection: Selection | None
    limit: int

    @property
    def is_onwards(self) -> bool:
        """Whether it begins in some film."""
        return self.begin is not LibraryFrom.EDGE


@lru_cache(maxsize=256)
def library_statement(question: LibraryQuestion) -> Statement:
    """The columns of `described`, and of each film its path, library and time of capture."""
    streams = [
        Spans(shape, position, _FILM, question.selection, question.is_grouped)
        for position, shape in enumerate(question.shapes)
    ]
    branches = [
        branch.subquery(f"branch_{index}")
        for index, branch in enumerate(
            branch for each in streams for branch in _branches(each, question)
        )
    ]
    every = union_all(*(select(each) for each in branches)).subquery("every")
    limited = select(every).order_by(*_order(every, question)).limit(_limit(question))
    chosen = limited.subquery("chosen")
    query = described(chosen, streams, is_grouped=question.is_grouped)
    query = (
        query.add_columns(
            asset.c.path,
            asset.c.capture_time,
            asset.c.library_slug,
            libraries.c.status.label("library_status"),
            libraries.c.volume_label,
        )
        .join(asset, asset.c.asset_id == chosen.c.asset_id)
        .join(libraries, libraries.c.slug == asset.c.library_slug)
    )
    return Statement.of(query.order_by(*_order(chosen, question)))


def _branches(spans: Spans, question: LibraryQuestion) -> Iterator[Select[Any]]:
    candidates = FilmsThatCan(
        spans.shape,
        spans.position,
        question.direction,
        question.selection is None,
        question.by_words[spans.position],
        question.in_library,
        question.is_onwards,
        question.reach,
    )
    for query in candidates.queries():
        films = query.subquery("films")
        found = _in_film(spans, question).lateral("found")
        # The film's own columns: only of them is the order known.
        joined = select(
            films.c.captured_at,
            films.c.asset_id,
            *(column for column in found.c if column.name != "asset_id"),
            literal_column(str(spans.position)).label("stream"),
        ).select_from(films.join(found, true()))
        order = _order(joined.selected_columns, question)
        yield joined.order_by(*order).limit(_limit(question))


def _in_film(spans: Spans, question: LibraryQuestion) -> Select[Any]:
    backwards = question.direction is Direction.PREV
    span = spans.in_order(
        "span",
        lambda each: _beyond(spans, each, question) if question.is_onwards else [],
        backwards=backwards,
    )
    order: list[ColumnElement[Any]] = [span.c.start_ms, span.c.artifact_id]
    if backwards:
        order = [each.desc() for each in order]
    return select(span).where(spans.begins(span.c)).order_by(*order).limit(_limit(question))


def _beyond(
    spans: Spans, span: SpanColumns, question: LibraryQuestion
) -> list[ColumnElement[bool]]:
    """Bounds in the film that the walk begins in; the first is one for an index."""
    is_there, at_ms = word("at_film") == _FILM, number("at_ms")
    onwards = question.direction is Direction.NEXT
    farthest = literal_column("-1" if onwards else str(LARGEST_MS), BigInteger)
    bound = case((is_there, at_ms), else_=farthest)
    here, there = tuple_(span.start_ms, span.artifact_id), tuple_(at_ms, word("at_id"))
    if question.begin is LibraryFrom.PLACE:
        strict = here > there if onwards else here < there
    else:
        strict = span.start_ms > at_ms if onwards else spans.reach(span) < at_ms
    elsewhere = or_(word("at_film") != _FILM, strict)
    return [span.start_ms >= bound if onwards else span.start_ms <= bound, elsewhere]


def _order(found: Any, question: LibraryQuestion) -> list[ColumnElement[Any]]:
    columns = found.c if isinstance(found, FromClause) else found
    names = ("captured_at", "asset_id", "start_ms", "artifact_id")
    order: list[ColumnElement[Any]] = [columns[name] for name in names]
    return order if question.direction is Direction.NEXT else [each.desc() for each in order]


def _limit(question: LibraryQuestion) -> ColumnElement[int]:
    return literal_column(str(question.limit))
