"""Which films still need work, over all libraries: what the library sensor and `index` ask."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select

from rushes.artifacts.vocabulary import ModelProfile
from rushes.db.tables import asset, libraries
from rushes.errors import AnalysisError, RushesError
from rushes.pipeline.context import PipelineContext, StageTask
from rushes.pipeline.plan import FilmPlan, plan_films
from rushes.pipeline.stages import STAGE_NAMES


def stage_tasks(
    context: PipelineContext, profile: ModelProfile, stages: Sequence[str] = STAGE_NAMES
) -> tuple[list[StageTask], dict[str, RushesError]]:
    """The work of each stage, and the stages that cannot be had with the reason.

    A profile table that is wrong is the caller's error, and raised.
    """
    tasks: list[StageTask] = []
    unavailable: dict[str, RushesError] = {}
    for stage in stages:
        try:
            tasks.append(context.task(stage, profile))
        except AnalysisError as error:
            unavailable[stage] = error
    return tasks, unavailable


def pending_films(context: PipelineContext, profile: ModelProfile, now: datetime) -> list[FilmPlan]:
    """Films with something to do now, oldest first.

    A film whose source is away is left out, unless the cache can stand in for it; so is one that
    failed a moment ago.
    """
    tasks, _ = stage_tasks(context, profile)
    query = (
        select(asset.c.asset_id)
        .join(libraries, libraries.c.slug == asset.c.library_slug)
        .where(
            asset.c.state == "present",
            or_(libraries.c.status == "online", asset.c.offline_ready),
        )
        .order_by(asset.c.asset_id)
    )
    with context.engine.connect() as connection:
        asset_ids = list(connection.execute(query).scalars())
        plans = plan_films(connection, asset_ids, tasks)
    return [plan for plan in plans if plan.pending and plan.is_due(now)]
