"""The runs of a film, and which of them answer."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, and_, select

from rushes.artifacts.selection import selected_runs
from rushes.db.tables import asset, runs

_SHOWN = (
    "run_id", "stage", "status", "origin", "model_profile", "producer", "producer_version",
    "config_hash", "input_hash", "attempt", "started_at", "finished_at", "error_code",
    "error_text", "counts", "timings",
)  # fmt: skip


def runs_of_film(
    connection: Connection, asset_id: str, stage: str | None = None
) -> list[dict[str, Any]]:
    """The runs of the film's current content, newest first; `selected` marks those that answer."""
    chosen = selected_runs(asset_id)
    current = and_(
        asset.c.asset_id == runs.c.asset_id, asset.c.content_version == runs.c.content_version
    )
    query = (
        select(*(runs.c[name] for name in _SHOWN), chosen.c.run_id.is_not(None).label("selected"))
        .join(asset, current)
        .outerjoin(chosen, chosen.c.run_id == runs.c.run_id)
        .where(runs.c.asset_id == asset_id)
        .order_by(runs.c.started_at.desc(), runs.c.run_id)
    )
    if stage is not None:
        query = query.where(runs.c.stage == stage)
    return [dict(row) for row in connection.execute(query).mappings()]
