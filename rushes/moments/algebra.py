"""Sets of time as `int8multirange`: union, what is shared, growing, and joining over small gaps."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, TableValuedAlias, cast, column, func, select
from sqlalchemy.dialects.postgresql import INT8MULTIRANGE, INT8RANGE

FARTHEST_MS: Final = 2**53
"""Where time ends: far behind any film, and far enough from what a bigint holds to add to."""

Spans = ColumnElement[Any]

NOTHING: Final[Spans] = cast("{}", INT8MULTIRANGE)


def union(several: list[Spans]) -> Spans:
    return _joined("+", several)


def shared(several: list[Spans]) -> Spans:
    return _joined("*", several)


def without(spans: Spans, several: list[Spans]) -> Spans:
    return _joined("-", [spans, *several])


def covered(start_ms: ColumnElement[int], end_ms: ColumnElement[int]) -> Spans:
    """An aggregate: the time that rows cover; null of no rows."""
    return func.range_agg(
        _range(func.least(start_ms, FARTHEST_MS - 1), func.least(end_ms, FARTHEST_MS))
    )


def grown(spans: Spans, reach_ms: ColumnElement[int]) -> Spans:
    """All that lies at most `reach_ms` from it, from 0 on."""
    each = stretches(spans)
    first = func.greatest(func.lower(each.c.span) - reach_ms, 0)
    return _gathered(each, _range(first, func.upper(each.c.span) + reach_ms))


def closed(spans: Spans, gap_ms: ColumnElement[int]) -> Spans:
    """Stretches with a gap of at most `gap_ms` between them are one.

    Each is prolonged at its end, those that now touch are one, and each is shortened again.
    """
    each = stretches(spans)
    ends_later = _range(func.lower(each.c.span), func.upper(each.c.span) + gap_ms)
    one = stretches(_gathered(each, ends_later))
    return _gathered(one, _range(func.lower(one.c.span), func.upper(one.c.span) - gap_ms))


def hull(spans: Spans) -> Spans:
    """From the first to the last."""
    return func.int8multirange(func.range_merge(spans, type_=INT8RANGE), type_=INT8MULTIRANGE)


def stretches(spans: Spans, name: str | None = None) -> TableValuedAlias:
    """The stretches of a set as rows with one column, `span`."""
    made = func.unnest(spans, type_=INT8RANGE)
    return made.table_valued(column("span", INT8RANGE)).render_derived(name=name)


def _gathered(rows: FromClause, span: ColumnElement[Any]) -> Spans:
    gathered = func.coalesce(func.range_agg(span), NOTHING)
    return select(gathered).select_from(rows).scalar_subquery()


def _joined(operator: str, several: list[Spans]) -> Spans:
    made = several[0]
    for each in several[1:]:
        made = made.op(operator, return_type=INT8MULTIRANGE())(each)
    return made


def _range(start_ms: ColumnElement[Any], end_ms: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.int8range(start_ms, end_ms, type_=INT8RANGE)
