"""Jobs: all stages, each stage alone, scanning, and housekeeping."""

from datetime import UTC, datetime, timedelta

import dagster as dg
from sqlalchemy import create_engine, text

from assets.video_stages import STAGE_ASSETS
from orchestration.dead_runs import end_dead_runs
from orchestration.home import STORAGE_URL
from resources.documents import DocumentIndexResource
from resources.postgres import PostgresResource
from rushes.artifacts.runs import sweep_dead_runs
from rushes.documents.maintenance import sweep

_STAGE_NAMES = [stage.name for stage in STAGE_ASSETS]
_LIVE_PRIORITY = {"dagster/priority": "10"}
"""Backfills run at 0, so what an editor just added goes first."""
_LONGEST_RUN = {"dagster/max_runtime": str(12 * 3600)}
"""Seconds. Also for a `dagster.yaml` that is not ours; Dagster reads it from runs, not from ops."""

index_videos = dg.define_asset_job(
    "index_videos",
    selection=_STAGE_NAMES,
    tags={**_LIVE_PRIORITY, **_LONGEST_RUN},
    description="All stages of any set of films.",
)

stage_jobs = [
    dg.define_asset_job(
        f"{name}_job",
        selection=[name],
        tags=_LONGEST_RUN,
        description=f"Only the stage {name}, of any set of films.",
    )
    for name in _STAGE_NAMES
]

scan_libraries = dg.define_asset_job(
    "scan_libraries",
    selection=dg.AssetSelection.assets("library_scan"),
    tags={**_LIVE_PRIORITY, **_LONGEST_RUN},
    description="Look at every library and register what is new.",
)

_DOCUMENT_GRACE_SECONDS = 24 * 3600
_EVENTS_KEPT_DAYS = 30


@dg.op
def sweep_leftovers(
    context: dg.OpExecutionContext,
    postgres: PostgresResource,
    documents: DocumentIndexResource,
) -> None:
    """Fail runs whose process died, and remove unfinished documents that nobody writes."""
    dead = sweep_dead_runs(postgres.engine)
    dead += end_dead_runs(context.instance, postgres.engine)
    removed = sweep(documents.index, _DOCUMENT_GRACE_SECONDS, datetime.now(UTC))
    context.log.info(f"failed {len(dead)} dead runs, removed {len(removed)} unfinished documents")


@dg.job(description="Fail runs of dead processes, remove unfinished documents.")
def sweep_job() -> None:
    """See `sweep_leftovers`."""
    sweep_leftovers()


@dg.op
def clean_event_log(context: dg.OpExecutionContext) -> None:
    """Remove old events that no asset and no check needs: step and engine chatter."""
    before = datetime.now(UTC) - timedelta(days=_EVENTS_KEPT_DAYS)
    removed = delete_old_events(dg.EnvVar(STORAGE_URL).get_value() or "", before)
    context.log.info(f"removed {removed} events from before {before:%Y-%m-%d}")


def delete_old_events(storage_url: str, before: datetime) -> int:
    """Delete events of Dagster's log that belong to no asset. Returns how many those were.

    What says that a partition is materialized, observed or checked carries an asset key and stays.
    """
    engine = create_engine(storage_url)
    try:
        with engine.begin() as connection:
            deleted = connection.execute(
                text(
                    "delete from event_logs where asset_key is null and timestamp < :before"
                    " and coalesce(dagster_event_type, '') not like 'ASSET_%'"
                ),
                {"before": before.astimezone(UTC).replace(tzinfo=None)},
            )
            return deleted.rowcount
    finally:
        engine.dispose()


@dg.job(description="Remove events that no asset needs any more.")
def event_log_cleanup_job() -> None:
    """See `clean_event_log`."""
    clean_event_log()


JOBS = [index_videos, *stage_jobs, scan_libraries, sweep_job, event_log_cleanup_job]
