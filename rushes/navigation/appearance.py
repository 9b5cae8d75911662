"""Spans joined to appearances, tested at each span, so that a walk stops at its answer.

An appearance is a chain of spans of one label, person, query or text, each beginning at most
`gap_ms` after the furthest end of those before it. Whether a span begins or ends one is seen from
its neighbours alone, since no span is longer than the longest of its film and type.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ScalarSelect,
    Select,
    Subquery,
    Text,
    func,
    literal_column,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from rushes.artifacts.selection import Selection
from rushes.db.answer_tables import longest_spans
from rushes.navigation.kinds import KIND_TABLES, Kind
from rushes.navigation.rows import LARGEST_MS, number, rows_of
from rushes.navigation.wanted import Shape

LONGEST_GAP_MS: Final = 86_400_000
"""A day."""

ONE: Final[ColumnElement[int]] = literal_column("1", BigInteger)
"""As a limit in the text: the plan that is kept has to know it."""

_GAP = number("gap_ms")
_LATEST = literal_column(str(LARGEST_MS), BigInteger)


@dataclass(frozen=True, slots=True)
class Outer:
    """The columns of an outer query by their names: they bring no table into the inner one."""

    artifact_id: ColumnElement[str]
    start_ms: ColumnElement[int]
    end_ms: ColumnElement[int]
    value: ColumnElement[str]
    asset_id: ColumnElement[str]
    stream: ColumnElement[int]


SpanColumns = ReadOnlyColumnCollection[str, Any] | Outer
"""What tells a span's place, and what it is a span of."""

Bounds = Sequence[ColumnElement[bool]]

CHOSEN: Final = Outer(
    literal_column("chosen.artifact_id", Text),
    literal_column("chosen.start_ms", BigInteger),
    literal_column("chosen.end_ms", BigInteger),
    literal_column("chosen.value", Text),
    literal_column("chosen.asset_id", Text),
    literal_column("chosen.stream", BigInteger),
)
"""Of the answer that is being completed."""


@dataclass(frozen=True, slots=True)
class Spans:
    """The spans of one stream in one film; `position` as of its parameters."""

    shape: Shape
    position: int
    film: ColumnElement[str]
    selection: Selection | None
    is_grouped: bool

    @property
    def is_joined(self) -> bool:
        """Whether spans make appearances; scenes stay single."""
        return self.is_grouped and self.shape.kind is not Kind.SCENE

    def rows(self, name: str) -> Subquery:
        """All of them, under a name of their own."""
        return rows_of(self.shape, self.position, self.film, self.selection).subquery(name)

    def in_order(
        self,
        name: str,
        bounds: Callable[[SpanColumns], Bounds],
        *,
        backwards: bool = False,
    ) -> Subquery:
        """Those within `bounds`, in the one order, so that a test of each stops at the first."""
        each = self.rows(f"{name}_row")
        order = _order(each.c, backwards=backwards)
        return select(each).where(*bounds(each.c)).order_by(*order).subquery(name)

    @property
    def longest(self) -> ColumnElement[int]:
        """ms that none of them exceeds."""
        of = longest_spans.c
        found = select(of.longest_ms).where(
            of.asset_id == self.film,
            of.artifact_type == KIND_TABLES[self.shape.kind].artifact_type.value,
        )
        return func.coalesce(found.scalar_subquery(), _LATEST)

    def begins(self, span: SpanColumns) -> ColumnElement[bool]:
        """Whether `span` is the first of its appearance: none before it reaches near it."""
        if not self.is_joined:
            return true()
        before = self.rows("before").c
        earliest = func.greatest(span.start_ms - self.longest, _GAP) - _GAP
        return _is_none(
            select(ONE)
            .where(
                *self._is_same(before, span),
                _place(before) < _place(span),
                before.start_ms >= earliest,
                before.end_ms >= span.start_ms - _GAP,
            )
            .order_by(before.start_ms.desc())
        )

    def ends(self, span: SpanColumns) -> ColumnElement[bool]:
        """Whether `span` reaches the end of its appearance: none near it reaches further."""
        if not self.is_joined:
            return true()
        after = self.rows("after").c
        return _is_none(
            select(ONE)
            .where(
                *self._is_same(after, span),
                after.end_ms > span.end_ms,
                after.start_ms <= func.least(span.end_ms, _LATEST - _GAP) + _GAP,
                after.start_ms > span.end_ms - self.longest,
            )
            .order_by(after.start_ms.desc())
        )

    def reach(self, first: SpanColumns) -> ColumnElement[int]:
        """Where the appearance ends that `first` begins."""
        if not self.is_joined:
            return first.end_ms
        last = self.in_order(
            "last",
            lambda each: [*self._is_same(each, first), each.start_ms >= first.start_ms],
        ).c
        query = select(last.end_ms).where(self.ends(last)).order_by(*_order(last))
        return query.limit(ONE).scalar_subquery()

    def first_of(self, span: SpanColumns) -> Select[Any]:
        """The first span of the appearance that `span` belongs to."""
        first = self.in_order(
            "first",
            lambda each: [*self._is_same(each, span), _place(each) <= _place(span)],
            backwards=True,
        )
        order = _order(first.c, backwards=True)
        query: Select[Any] = select(first).where(self.begins(first.c))
        return query.order_by(*order).limit(ONE)

    def whole(self, first: SpanColumns) -> Select[Any]:
        """`reach_ms`, `artifact_ids` and `best` confidence of the appearance `first` begins."""
        member = self.rows("member").c
        ordered = aggregate_order_by(member.artifact_id, member.start_ms, member.artifact_id)
        ending = [] if self.is_joined else [member.artifact_id == first.artifact_id]
        columns: list[ColumnElement[Any]] = [
            func.max(member.end_ms).label("reach_ms"),
            func.array_agg(ordered).label("artifact_ids"),
            func.max(member.confidence).label("best"),
        ]
        return select(*columns).where(
            *self._is_same(member, first),
            member.start_ms >= first.start_ms,
            member.start_ms < self.reach(first),
            *ending,
        )

    def first_after(
        self, start_ms: ColumnElement[int] | None, bounds: Callable[[SpanColumns], Bounds]
    ) -> Select[Any]:
        """Those that begin appearances within `bounds`, which begin at `start_ms`, in no order.

        The spans of one thing are passed once, each beside the furthest end of those before it.
        """
        each = self.rows("each")
        reached = func.max(each.c.end_ms).over(order_by=_order(each.c), rows=(None, -1))
        walked = select(each, reached.label("reached_ms")).order_by(*_order(each.c))
        if start_ms is not None:
            earliest = func.greatest(start_ms - self.longest, _GAP) - _GAP
            walked = walked.where(each.c.start_ms >= earliest)
        span = walked.subquery("span")
        apart = or_(span.c.reached_ms.is_(None), span.c.start_ms - span.c.reached_ms > _GAP)
        query: Select[Any] = select(*(span.c[column.name] for column in each.c))
        return query.where(*bounds(span.c), apart)

    @property
    def is_of_one_thing(self) -> bool:
        """Whether all its spans are of one label, person or query."""
        shape = self.shape
        return shape.has_label or shape.has_one_person or shape.strength is not None

    def _is_same(self, one: SpanColumns, other: SpanColumns) -> list[ColumnElement[bool]]:
        """Of one thing: all of a stream are, unless it is all labels, people or texts."""
        if self.is_of_one_thing:
            return []
        # As an expression: long texts are compared within the film, not looked up in all films.
        value = one.value.concat("") if KIND_TABLES[self.shape.kind].has_words else one.value
        return [value == other.value]


def _place(span: SpanColumns) -> ColumnElement[Any]:
    return tuple_(span.start_ms, span.artifact_id)


def _order(span: SpanColumns, *, backwards: bool = False) -> list[ColumnElement[Any]]:
    order: list[ColumnElement[Any]] = [span.start_ms, span.artifact_id]
    return [each.desc() for each in order] if backwards else order


def _is_none(query: Select[Any]) -> ColumnElement[bool]:
    # One probe a span. `not exists` would be planned as a join with all spans of the film.
    found: ScalarSelect[Any] = query.limit(ONE).scalar_subquery()
    return found.is_(None)
