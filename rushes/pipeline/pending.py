"""Which films still need work, over all libraries: what the library sensor asks."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select

from rushes.artifacts.vocabulary import ModelProfile
from rushes.db.tables import asset, libraries
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.plan import FilmPlan
from rushes.pipeline.workload import Workload


def pending_films(context: PipelineContext, profile: ModelProfile, now: datetime) -> list[FilmPlan]:
    """Films with something to do now, oldest first.

    A film whose source is away is left out, unless the cache can stand in for it; so is one that
    failed a moment ago.
    """
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
    plans = Workload(context, profile).plan(asset_ids)
    return [plan for plan in plans if plan.pending and plan.is_due(now)]
