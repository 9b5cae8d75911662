"""When an expression holds in one film, as a chain of small queries beside one another."""

from __future__ import annotations

from typing import Final

from sqlalchemy import FromClause, Text, case, func, literal_column, select, true
from sqlalchemy.dialects.postgresql import INT8MULTIRANGE, INT8RANGE

from rushes.moments.algebra import (
    NOTHING,
    Spans,
    closed,
    covered,
    grown,
    hull,
    shared,
    stretches,
    union,
    without,
)
from rushes.moments.evidence import near
from rushes.moments.plan import Plan
from rushes.moments.terms import AllTerm, AnyTerm, LeafTerm, Term
from rushes.navigation.kinds import KIND_TABLES
from rushes.navigation.rows import number, rows_of

_STRETCHES: Final = 8
"""Around the anchors of a film; more are read as one."""

FILM: Final = literal_column("film.asset_id", Text())


def spans_of(plan: Plan) -> tuple[Spans, FromClause]:
    """The spans in the film of the row `film`, and what they are selected from."""
    chain = _Chain(plan)
    spans = chain.spans(plan.root)
    return spans, chain.source


class _Chain:
    """Laterals, each of which is worked out once for a film, however often others name it."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._links: list[FromClause] = []
        self._leaves: dict[int, Spans] = {}
        self._around: Spans | None = None
        self._window: Spans | None = None
        for at, group in enumerate(plan.steps):
            for position in group:
                self._leaf(position)
            if at + 1 < len(plan.steps) or len(self._leaves) < len(plan.shapes):
                self._narrow(group)

    @property
    def source(self) -> FromClause:
        source: FromClause = self._links[0]
        for each in self._links[1:]:
            source = source.join(each, true())
        return source

    def spans(self, term: Term) -> Spans:
        """Of a part of the expression; a leaf is read but once."""
        if isinstance(term, LeafTerm):
            return self._leaf(term.position)
        parts = [self.spans(each) for each in term.terms]
        if isinstance(term, AnyTerm):
            return self._add(union(parts))
        return self._all(term, parts)

    def _all(self, term: AllTerm, parts: list[Spans]) -> Spans:
        gone = [self.spans(each) for each in term.without]
        if term.number is None:
            return self._add(without(shared(parts), gone))
        within = number(f"within_{term.number}")
        near_all = shared([union(parts), *(grown(each, within) for each in parts)])
        found = self._add(without(near_all, [grown(each, within) for each in gone]))
        return self._add(closed(found, within))

    def _leaf(self, position: int) -> Spans:
        if position not in self._leaves:
            self._leaves[position] = self._add(self._near(position))
        return self._leaves[position]

    def _narrow(self, group: tuple[int, ...]) -> None:
        """Other leaves can matter near one of these only, as far as anything reaches.

        Of many stretches they are read from the first to the last: that costs less than each.
        """
        near = grown(union([self._leaves[each] for each in group]), number("around_ms"))
        around = self._add(near if self._around is None else shared([self._around, near]))
        count = select(func.count()).select_from(stretches(around)).scalar_subquery()
        self._around = around
        self._window = self._add(case((count <= _STRETCHES, around), else_=hull(around)))

    def _whole(self, position: int) -> Spans:
        plan = self._plan
        of = KIND_TABLES[plan.shapes[position].kind].table
        rows = rows_of(plan.shapes[position], position, FILM, plan.selection)
        made: Spans = rows.with_only_columns(
            func.coalesce(covered(of.c.start_ms, of.c.end_ms), NOTHING)
        ).scalar_subquery()
        return made

    def _near(self, position: int) -> Spans:
        """Read by the index, stretch by stretch: `offset` keeps the planner from reading all."""
        if self._window is None:
            return self._whole(position)
        part = stretches(self._window, "part")
        span = literal_column("part.span", INT8RANGE())
        of = KIND_TABLES[self._plan.shapes[position].kind].table
        rows = (
            near(self._plan, position, FILM, func.lower(span), func.upper(span))
            .with_only_columns(of.c.start_ms, of.c.end_ms)
            .offset(0)
            .lateral("near")
        )
        return (
            select(func.coalesce(covered(rows.c.start_ms, rows.c.end_ms), NOTHING))
            .select_from(part.join(rows, true()))
            .scalar_subquery()
        )

    def _add(self, spans: Spans) -> Spans:
        """As a link of its own: `offset` keeps the planner from writing it out at each use."""
        name = f"link_{len(self._links)}"
        self._links.append(select(spans.label("spans")).offset(0).lateral(name))
        return literal_column(f"{name}.spans", INT8MULTIRANGE())
