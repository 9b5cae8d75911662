"""The statement that goes from a place of one film to what comes next, kept for each shape."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Subquery,
    literal_column,
    select,
    true,
    tuple_,
    union_all,
)

from rushes.artifacts.selection import Selection
from rushes.db.reading import Statement
from rushes.navigation.appearance import ONE, SpanColumns, Spans
from rushes.navigation.described import described
from rushes.navigation.direction import Direction
from rushes.navigation.rows import number, word
from rushes.navigation.wanted import Shape


class From(StrEnum):
    """Where a walk begins."""

    EDGE = "edge"
    """Before everything, or after everything."""
    TIME = "time"
    """Strictly after the start, or before the end, at `from_ms`."""
    PLACE = "place"
    """After or before the place (`at_ms`, `at_id`) of the one order."""


@dataclass(frozen=True, slots=True)
class FilmQuestion:
    """What decides the statement. Its parameters: `film`, those of each shape by its position,
    `gap_ms` where grouped, and those of `begin`.
    """

    shapes: tuple[Shape, ...]
    direction: Direction
    begin: From
    is_grouped: bool
    selection: Selection | None
    limit: int


@lru_cache(maxsize=256)
def film_statement(question: FilmQuestion) -> Statement:
    """The columns of `described`, in the order of the walk."""
    film = word("film")
    streams = [
        Spans(shape, position, film, question.selection, question.is_grouped)
        for position, shape in enumerate(question.shapes)
    ]
    branches = [_stream(each, question).subquery(f"stream_{each.position}") for each in streams]
    every = union_all(*(select(each) for each in branches)).subquery("every")
    limit = _limit(question)
    chosen = select(every).order_by(*_order(every, question)).limit(limit).subquery("chosen")
    query = described(chosen, streams, is_grouped=question.is_grouped)
    return Statement.of(query.order_by(*_order(chosen, question)))


def _stream(spans: Spans, question: FilmQuestion) -> Select[Any]:
    if question.direction is Direction.PREV and question.begin is not From.PLACE:
        return _last_ended(spans, question)
    span = _beginning(spans, question).subquery("beginning")
    return (
        select(
            span,
            span.c.end_ms.label("rank_ms"),
            literal_column(str(spans.position)).label("stream"),
        )
        .order_by(*_order(span, question))
        .limit(_limit(question))
    )


def _beginning(spans: Spans, question: FilmQuestion) -> Select[Any]:
    backwards = question.direction is Direction.PREV
    if spans.is_joined and spans.is_of_one_thing and not backwards:
        from_ms = {From.TIME: number("from_ms"), From.PLACE: number("at_ms")}.get(question.begin)
        return spans.first_after(from_ms, lambda each: _beyond(each, question))
    span = spans.in_order("span", lambda each: _beyond(each, question), backwards=backwards)
    return select(span).where(spans.begins(span.c))


def _beyond(span: SpanColumns, question: FilmQuestion) -> list[ColumnElement[bool]]:
    if question.begin is From.EDGE:
        return []
    if question.begin is From.TIME:
        return [span.start_ms > number("from_ms")]
    here = tuple_(span.start_ms, span.artifact_id)
    there = tuple_(number("at_ms"), word("at_id"))
    return [here > there if question.direction is Direction.NEXT else here < there]


def _last_ended(spans: Spans, question: FilmQuestion) -> Select[Any]:
    """What ends last before a time; no index is in the order of ends.

    The one that starts last has an end that no answer is before; and what reaches it starts at
    most the longest span before it.
    """
    ended = spans.rows("ended")
    walked = spans.in_order("walked", lambda each: _over_before(each, question), backwards=True)
    nearest = (
        select(walked.c.end_ms)
        .where(spans.ends(walked.c))
        .order_by(walked.c.start_ms.desc(), walked.c.artifact_id.desc())
        .limit(ONE)
        .cte(f"nearest_{spans.position}")
    )
    least = select(nearest.c.end_ms).scalar_subquery()
    latest = (
        select(ended)
        .where(
            *_over_before(ended.c, question),
            ended.c.start_ms >= least - spans.longest,
            ended.c.end_ms >= least,
            spans.ends(ended.c),
        )
        .order_by(ended.c.end_ms.desc())
        .fetch(ONE, with_ties=True)
        .subquery("latest")
    )
    first = spans.first_of(latest.c).lateral("first_of_it") if spans.is_joined else latest
    source = latest.join(first, true()) if spans.is_joined else latest
    return (
        select(
            *(first.c[column.name] for column in ended.c),
            latest.c.end_ms.label("rank_ms"),
            literal_column(str(spans.position)).label("stream"),
        )
        .select_from(source)
        .order_by(latest.c.end_ms.desc(), first.c.start_ms.desc(), first.c.artifact_id.desc())
        .limit(ONE)
    )


def _over_before(span: SpanColumns, question: FilmQuestion) -> list[ColumnElement[bool]]:
    if question.begin is From.EDGE:
        return []
    # What ends before a time starts before it too: that is what an index can begin with.
    return [span.start_ms < number("from_ms"), span.end_ms < number("from_ms")]


def _order(span: Subquery, question: FilmQuestion) -> list[ColumnElement[Any]]:
    if question.direction is Direction.NEXT:
        return [span.c.start_ms, span.c.artifact_id]
    backwards: list[ColumnElement[Any]] = [span.c.start_ms.desc(), span.c.artifact_id.desc()]
    if question.begin is From.PLACE or "rank_ms" not in span.c:
        return backwards
    return [span.c.rank_ms.desc(), *backwards]


def _limit(question: FilmQuestion) -> ColumnElement[int]:
    # In the text: the plan that is kept has to know it.
    return literal_column(str(question.limit), Integer)
