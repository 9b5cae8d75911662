"""Which of several runs of a stage answers a question.

Only completed runs of the film's current content version are ever chosen; one that found nothing
counts. The mode built here is `latest`; the others get their place in `selected_runs`.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import Connection, Subquery, select
from sqlalchemy.dialects.postgresql import distinct_on

from rushes.artifacts.vocabulary import STAGE_OF_TYPE, ArtifactType
from rushes.db.tables import asset, runs
from rushes.errors import InvalidRequestError


class SelectionMode(StrEnum):
    """How a run is chosen."""

    LATEST = "latest"


def selected_runs(
    asset_id: str | None = None,
    stages: Sequence[str] | None = None,
    mode: SelectionMode = SelectionMode.LATEST,
) -> Subquery:
    """The chosen run of each film and stage, as a subquery with all columns of `runs`."""
    if mode is not SelectionMode.LATEST:
        raise InvalidRequestError(f"unknown selection mode {mode!r}", remedy="use latest")
    query = (
        select(runs)
        .join(
            asset,
            (asset.c.asset_id == runs.c.asset_id)
            & (asset.c.content_version == runs.c.content_version),
        )
        .where(runs.c.status == "completed")
        .ext(distinct_on(runs.c.asset_id, runs.c.stage))
        .order_by(runs.c.asset_id, runs.c.stage, runs.c.finished_at.desc(), runs.c.run_id.desc())
    )
    if asset_id is not None:
        query = query.where(runs.c.asset_id == asset_id)
    if stages is not None:
        query = query.where(runs.c.stage.in_(list(stages)))
    return query.subquery("selected_runs")


def selected_run_ids(
    connection: Connection, asset_id: str, artifact_type: ArtifactType | None = None
) -> list[str]:
    """The run ids that answer for a film, of one artifact type or of all."""
    stages = None if artifact_type is None else [STAGE_OF_TYPE[artifact_type]]
    chosen = selected_runs(asset_id, stages)
    return list(connection.execute(select(chosen.c.run_id)).scalars())
