"""To the next or the previous moment of a film."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Engine, Table, select

from rushes.artifacts.selection import selected_runs
from rushes.db.tables import scene_ranges, transcript_fts
from rushes.errors import InvalidRequestError, NotFoundError
from rushes.navigation.direction import Direction

_MAX_MS = 2**63 - 1
"""What a Postgres bigint holds."""


class Kind(StrEnum):
    """What can be jumped to."""

    SCENE = "scene"
    TRANSCRIPT = "transcript"


@dataclass(frozen=True, slots=True)
class Jump:
    """Where to go: the span, its artifacts, and what the answer rests on."""

    video_id: str
    start_ms: int
    end_ms: int
    artifact_ids: tuple[str, ...]
    run_id: str
    producer: str
    model_profile: str


_TABLES: dict[Kind, tuple[Table, str]] = {
    Kind.SCENE: (scene_ranges, "scenes"),
    Kind.TRANSCRIPT: (transcript_fts, "transcript"),
}


def jump(
    engine: Engine, asset_id: str, kind: Kind, direction: Direction, from_ms: int | None = None
) -> Jump:
    """Strictly onwards: next is the smallest start > from_ms, prev the largest end < from_ms.

    `from_ms` absent: from before everything, or from after everything, so that a scene at 0 is
    reached. NotFoundError `no_match` where nothing lies that way.
    """
    if from_ms is not None and not 0 <= from_ms <= _MAX_MS:
        raise InvalidRequestError(
            f"from_ms {from_ms} is out of bounds", remedy=f"use 0 to {_MAX_MS}"
        )
    table, stage = _TABLES[kind]
    chosen = selected_runs(asset_id, [stage])
    query = select(table, chosen.c.producer, chosen.c.model_profile).join(
        chosen, chosen.c.run_id == table.c.run_id
    )
    if direction is Direction.NEXT:
        order = (table.c.start_ms, table.c.artifact_id)
        query = query.order_by(*order)
        if from_ms is not None:
            query = query.where(table.c.start_ms > from_ms)
    else:
        query = query.order_by(
            table.c.end_ms.desc(), table.c.start_ms.desc(), table.c.artifact_id.desc()
        )
        if from_ms is not None:
            query = query.where(table.c.end_ms < from_ms)
    with engine.connect() as connection:
        row = connection.execute(query.limit(1)).first()
    if row is None:
        side = "after" if direction is Direction.NEXT else "before"
        where = "in this film" if from_ms is None else f"{side} {from_ms} ms"
        raise NotFoundError(f"no {kind} {where}", code="no_match")
    return Jump(
        video_id=asset_id,
        start_ms=row.start_ms,
        end_ms=row.end_ms,
        artifact_ids=(row.artifact_id,),
        run_id=row.run_id,
        producer=row.producer,
        model_profile=row.model_profile,
    )
