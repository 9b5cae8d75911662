"""The runs of a film, which of them answer, and the profiles that there are to choose from."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from rushes.artifacts.selection import selected_runs
from rushes.artifacts.vocabulary import STAGE_OF_TYPE, ArtifactType, ModelProfile, Origin
from rushes.db.tables import asset, runs

_SHOWN = (
    "run_id", "stage", "status", "origin", "language", "model_profile", "producer",
    "producer_version", "config_hash", "input_hash", "content_version", "attempt",
    "started_at", "finished_at", "error_code", "error_text", "error_retryable", "counts",
    "timings",
)  # fmt: skip


def runs_of_film(
    connection: Connection, asset_id: str, stage: str | None = None
) -> list[dict[str, Any]]:
    """The runs of the film's current content, newest first; `selected` marks those that answer."""
    chosen = selected_runs(asset_id)
    query = (
        select(*(runs.c[name] for name in _SHOWN), chosen.c.run_id.is_not(None).label("selected"))
        .join(asset, _current)
        .outerjoin(chosen, chosen.c.run_id == runs.c.run_id)
        .where(runs.c.asset_id == asset_id)
        .order_by(runs.c.started_at.desc(), runs.c.run_id)
    )
    if stage is not None:
        query = query.where(runs.c.stage == stage)
    return [dict(row) for row in connection.execute(query).mappings()]


@dataclass(frozen=True, slots=True)
class ProfileRuns:
    """The completed runs of one profile for one type of a film's current content.

    `answers`: one of them is what is selected by the stored policy.
    """

    artifact_type: ArtifactType
    model_profile: ModelProfile
    runs: int
    newest_run_id: str
    finished_at: datetime
    answers: bool


def profiles_of_film(
    connection: Connection, asset_id: str, artifact_type: ArtifactType | None = None
) -> list[ProfileRuns]:
    """What `selection=profile` can choose: by type, then the profile whose newest run is newest.

    Corrections are left out: they answer whatever is chosen.
    """
    chosen = selected_runs(asset_id)
    newest_first = (runs.c.finished_at.desc(), runs.c.run_id.desc())
    query = (
        select(
            runs.c.stage,
            runs.c.model_profile,
            func.count().label("runs"),
            func.max(runs.c.finished_at).label("finished_at"),
            func.array_agg(aggregate_order_by(runs.c.run_id, *newest_first))[1].label("newest"),
            func.bool_or(chosen.c.run_id.is_not(None)).label("answers"),
        )
        .join(asset, _current)
        .outerjoin(chosen, chosen.c.run_id == runs.c.run_id)
        .where(
            runs.c.asset_id == asset_id,
            runs.c.status == "completed",
            runs.c.origin != Origin.HUMAN.value,
        )
        .group_by(runs.c.stage, runs.c.model_profile)
        .order_by(func.max(runs.c.finished_at).desc(), runs.c.model_profile)
    )
    rows = connection.execute(query).all()
    wanted = [artifact_type] if artifact_type else list(ArtifactType)
    return [
        ProfileRuns(
            artifact_type=kind,
            model_profile=ModelProfile(row.model_profile),
            runs=row.runs,
            newest_run_id=row.newest,
            finished_at=row.finished_at,
            answers=row.answers,
        )
        for kind in wanted
        for row in rows
        if row.stage == STAGE_OF_TYPE[kind]
    ]


_current = and_(
    asset.c.asset_id == runs.c.asset_id, asset.c.content_version == runs.c.content_version
)


def origins_of_runs(connection: Connection, run_ids: Collection[str]) -> dict[str, str]:
    """Run -> its origin."""
    query = select(runs.c.run_id, runs.c.origin).where(runs.c.run_id.in_(run_ids))
    return {row.run_id: row.origin for row in connection.execute(query)}
