"""Watches the outbox of search: asks for a drain where something waits and none is at work."""

from __future__ import annotations

from datetime import UTC, datetime

import dagster as dg
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES

from orchestration.dead_runs import WORKER_TAG
from orchestration.jobs import sweep_job
from orchestration.search_jobs import drain_outbox
from resources.postgres import PostgresResource
from rushes.artifacts.runs import dead_workers
from rushes.search.sync.status import OutboxStatus, outbox_status
from sensors.decisions import WantedDrain, drain_for_outbox

_INTERVAL_SECONDS = 10
_WORK_TAG = "rushes/work"
"""On the runs that were asked for here: what waited then, the same for repeats of it."""


@dg.sensor(
    name="outbox_sensor",
    jobs=[drain_outbox, sweep_job],
    minimum_interval_seconds=_INTERVAL_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Changes that search does not show yet. It only looks and asks.",
)
def outbox_sensor(
    context: dg.SensorEvaluationContext, postgres: PostgresResource
) -> dg.RunRequest | dg.SkipReason:
    """One tick: a drain, unless one is queued or at work."""
    with postgres.engine.connect() as connection:
        outbox = outbox_status(connection)
    if not outbox.has_work:
        return dg.SkipReason("nothing waits to be published")
    if (busy := _in_flight(context.instance)) is not None:
        return _beside(postgres, busy)
    wanted = drain_for_outbox(
        oldest_id=outbox.oldest_id,
        newest_id=outbox.newest_id,
        due_failures=outbox.due_failures,
        ended=_ended(context.instance, outbox),
        now=datetime.now(UTC),
    )
    if wanted is None:
        return dg.SkipReason("the last drain of the same rows did nothing; another waits a while")
    return dg.RunRequest(
        run_key=wanted.run_key, job_name=drain_outbox.name, tags={_WORK_TAG: wanted.work}
    )


@dg.schedule(
    name="drain_every_five_minutes",
    job=drain_outbox,
    cron_schedule="*/5 * * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="The safety net of the outbox sensor.",
)
def drain_schedule(
    context: dg.ScheduleEvaluationContext, postgres: PostgresResource
) -> dg.RunRequest | dg.SkipReason:
    """A drain where something waits, unless one is queued or at work."""
    with postgres.engine.connect() as connection:
        outbox = outbox_status(connection)
    if not outbox.has_work:
        return dg.SkipReason("nothing waits to be published")
    if _in_flight(context.instance) is not None:
        return dg.SkipReason("a drain is queued or at work")
    return dg.RunRequest()


def _in_flight(instance: dg.DagsterInstance) -> dg.DagsterRun | None:
    """The drain that is queued or at work, if there is one."""
    unfinished = dg.RunsFilter(job_name=drain_outbox.name, statuses=NOT_FINISHED_STATUSES)
    return next(iter(instance.get_runs(unfinished, limit=1)), None)


def _beside(postgres: PostgresResource, busy: dg.DagsterRun) -> dg.RunRequest | dg.SkipReason:
    """Never two. One whose process died would be in the way for long: have it ended."""
    key = busy.tags.get(WORKER_TAG)
    if key is not None and dead_workers(postgres.engine, [int(key)]):
        return dg.RunRequest(run_key=f"dead:{busy.run_id}", job_name=sweep_job.name)
    return dg.SkipReason("a drain is queued or at work")


def _ended(instance: dg.DagsterInstance, outbox: OutboxStatus) -> list[datetime]:
    """When the drains ended that were asked for the very same rows."""
    work = WantedDrain.work_of(outbox.oldest_id, outbox.newest_id, outbox.due_failures)
    same_work = dg.RunsFilter(tags={_WORK_TAG: work})
    return [record.update_timestamp for record in instance.get_run_records(same_work)]
