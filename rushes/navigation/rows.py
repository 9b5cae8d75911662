"""The rows of a projection that answer for one film, as queries with named parameters."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Double,
    Select,
    Text,
    any_,
    bindparam,
    cast,
    exists,
    literal,
    null,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY

from rushes.artifacts.selection import Selection, stands
from rushes.db.tables import artifacts
from rushes.navigation.kinds import KIND_TABLES, KindTable
from rushes.navigation.text_query import QueryText, condition
from rushes.navigation.wanted import Shape

LARGEST_MS = 2**63 - 1
"""What a Postgres bigint holds."""


def rows_of(
    shape: Shape,
    position: int,
    asset_id: ColumnElement[str],
    selection: Selection | None = None,
) -> Select[Any]:
    """What answers for the film `asset_id` (a parameter, or a column of an outer query).

    Columns: artifact_id, asset_id, run_id, start_ms, end_ms, kind, value, confidence. In no order.
    Its parameters are those of `Asked.parameters(position)`.
    """
    of = KIND_TABLES[shape.kind]
    table = of.table
    confidence = cast(table.c.confidence if of.has_confidence else null(), Double)
    return select(
        table.c.artifact_id,
        table.c.asset_id,
        table.c.run_id,
        table.c.start_ms,
        table.c.end_ms,
        cast(literal(of.kind.value), Text).label("kind"),
        of.value.label("value"),
        confidence.label("confidence"),
    ).where(
        table.c.asset_id == asset_id,
        stands(table, asset_id, of.stage, selection),
        *_filters(of, shape, position),
    )


def _filters(of: KindTable, shape: Shape, position: int) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if shape.has_label:
        found.append(of.table.c.label == bindparam(f"label_{position}", type_=Text))
    if shape.has_person:
        ids = bindparam(f"people_{position}", type_=ARRAY(Text))
        found.append(of.table.c.cluster_id == any_(ids))
    if shape.has_one_person:
        found.append(of.table.c.cluster_id == word(f"person_{position}"))
    if shape.strength is not None:
        words = QueryText.parameters("text", f"_{position}")
        found.append(condition(of.table, words, shape.strength, shape.languages))
    if shape.has_min_confidence:
        found.append(_at_least(of, bindparam(f"min_confidence_{position}", type_=Double)))
    return found


def _at_least(of: KindTable, least: ColumnElement[float]) -> ColumnElement[bool]:
    if of.has_confidence:
        return of.table.c.confidence >= least
    confidence = cast(artifacts.c.payload["confidence"].astext, Double)
    of_row = artifacts.c.artifact_id == of.table.c.artifact_id
    return exists(select(literal(1)).where(of_row, confidence >= least))


def number(name: str) -> ColumnElement[int]:
    """A parameter that is a number of ms."""
    return bindparam(name, type_=BigInteger)


def word(name: str) -> ColumnElement[str]:
    """A parameter that is a text."""
    return bindparam(name, type_=Text)
