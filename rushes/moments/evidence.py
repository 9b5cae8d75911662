"""What a moment rests on: of each leaf the artifacts in it, or as near as the expression allows."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Text,
    cast,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from rushes.db.answer_tables import longest_spans
from rushes.db.tables import runs
from rushes.moments.algebra import FARTHEST_MS
from rushes.moments.plan import Plan
from rushes.navigation.kinds import KIND_TABLES
from rushes.navigation.rows import number, rows_of

MOST_ARTIFACTS: Final = 5
"""Named of a leaf in a moment; the others are counted."""

_MOMENT: Final[tuple[ColumnElement[Any], ...]] = (
    literal_column("page.asset_id", Text()),
    literal_column("page.start_ms", BigInteger()),
    literal_column("page.end_ms", BigInteger()),
)


def near(
    plan: Plan,
    position: int,
    asset_id: ColumnElement[str],
    start_ms: ColumnElement[int],
    end_ms: ColumnElement[int],
) -> Any:
    """The rows of a leaf that overlap `[start_ms, end_ms)`, read from where the first can be."""
    shape = plan.shapes[position]
    of = KIND_TABLES[shape.kind]
    longest = (
        select(longest_spans.c.longest_ms)
        .where(
            longest_spans.c.asset_id == asset_id,
            longest_spans.c.artifact_type == of.artifact_type.value,
        )
        .scalar_subquery()
    )
    bound = func.coalesce(longest, cast(FARTHEST_MS, BigInteger))
    return rows_of(shape, position, asset_id, plan.selection).where(
        of.table.c.start_ms > start_ms - bound,
        of.table.c.start_ms < end_ms,
        of.table.c.end_ms > start_ms,
    )


def evidence(plan: Plan, position: int) -> FromClause:
    """One row for each row of `page`: `found`, and `artifacts` as JSON."""
    reach = number(f"reach_{position}")
    film, start_ms, end_ms = _MOMENT
    rows = near(plan, position, film, start_ms - reach, end_ms + reach).subquery(f"near_{position}")
    some = (
        select(rows, func.count().over().label("found"))
        .order_by(rows.c.start_ms, rows.c.artifact_id)
        .limit(MOST_ARTIFACTS)
        .subquery(f"some_{position}")
    )
    named = func.jsonb_build_object(*_pairs(some))
    in_order = func.jsonb_agg(aggregate_order_by(named, some.c.start_ms, some.c.artifact_id))
    return (
        select(
            func.coalesce(func.max(some.c.found), 0).label("found"),
            func.coalesce(in_order, func.jsonb_build_array()).label("artifacts"),
        )
        .select_from(some.join(runs, runs.c.run_id == some.c.run_id))
        .lateral(f"evidence_{position}")
    )


def _pairs(row: FromClause) -> list[Any]:
    own = ("artifact_id", "kind", "value", "confidence", "start_ms", "end_ms", "run_id")
    of_run = ("producer", "model_profile", "origin")
    pairs: list[Any] = []
    for name in own:
        pairs += [literal(name), row.c[name]]
    for name in of_run:
        pairs += [literal(name), runs.c[name]]
    return pairs
