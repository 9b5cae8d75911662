"""What was chosen, with what it rests on: only the rows of the answer are looked up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    Text,
    and_,
    cast,
    func,
    literal_column,
    null,
    select,
    true,
    union_all,
)

from rushes.db.people_tables import people
from rushes.db.tables import artifacts, runs
from rushes.navigation.appearance import CHOSEN, Spans
from rushes.navigation.kinds import Kind

_ORDERING = ("captured_at", "rank_ms", "stream")
"""Not read: the undated are captured at a time that Python does not know."""


def described(chosen: FromClause, streams: Sequence[Spans], *, is_grouped: bool) -> Select[Any]:
    """The columns of `rows_of` in the subquery `chosen`, producer, profile, origin and name.

    Where `is_grouped`, also `reach_ms`, `artifact_ids` and `best` of the appearance that each row
    begins.
    """
    has_people = any(each.shape.kind is Kind.PERSON for each in streams)
    source: FromClause = chosen.join(
        artifacts, artifacts.c.artifact_id == chosen.c.artifact_id
    ).join(runs, runs.c.run_id == chosen.c.run_id)
    name: ColumnElement[Any] = cast(null(), Text)
    if has_people:
        of_person = and_(chosen.c.kind == Kind.PERSON.value, people.c.cluster_id == chosen.c.value)
        source, name = source.outerjoin(people, of_person), people.c.name
    query: Select[Any] = select(
        *(column for column in chosen.c if column.name not in _ORDERING),
        artifacts.c.producer,
        artifacts.c.producer_version,
        artifacts.c.model_profile,
        runs.c.origin,
        name.label("name"),
    )
    if is_grouped:
        parts = [
            replace(each, film=CHOSEN.asset_id)
            .whole(CHOSEN)
            .where(CHOSEN.stream == literal_column(str(each.position)))
            .having(func.count() > 0)
            for each in streams
        ]
        whole = union_all(*parts).lateral("whole")
        source = source.join(whole, true())
        query = query.add_columns(whole.c.reach_ms, whole.c.artifact_ids, whole.c.best)
    return query.select_from(source)
