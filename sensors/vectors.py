"""Watches the files of the vector indexes: registers new spaces, asks for a rebuild where one is
due and none is at work.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import dagster as dg

from orchestration.dead_runs import WORKER_TAG
from orchestration.jobs import sweep_job
from orchestration.partitions import register_spaces
from orchestration.vector_jobs import build_vectors
from orchestration.vector_runs import build_config, builds_in_flight
from resources.postgres import PostgresResource
from resources.vectors import VectorsResource
from rushes.artifacts.runs import dead_workers
from rushes.pipeline.runner import VectorAction
from sensors.decisions import DueRebuild, WantedRebuild, rebuilds_of_spaces

_INTERVAL_SECONDS = 30
_WORK_TAG = "rushes/work"
"""On the runs that were asked for here: what was to be done, the same for repeats of it."""


@dg.sensor(
    name="vector_index_sensor",
    jobs=[build_vectors, sweep_job],
    minimum_interval_seconds=_INTERVAL_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Files of vectors that have to be made anew. It only looks and asks.",
)
def vector_index_sensor(
    context: dg.SensorEvaluationContext, postgres: PostgresResource, vectors: VectorsResource
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """One tick: a rebuild for each space that needs one, unless one is queued or at work."""
    spaces = [each for each in vectors.status() if each.space is not None]
    register_spaces(context.instance, [each.key for each in spaces if each.embeddings])
    due = [
        DueRebuild(each.key, each.generation, each.needs_rebuild.value)
        for each in spaces
        if each.needs_rebuild is not None
    ]
    if not due:
        yield dg.SkipReason("the files of every space are as they should be")
        return
    register_spaces(context.instance, [each.space for each in due])
    busy = builds_in_flight(context.instance)
    wanted = rebuilds_of_spaces(
        due, busy, lambda work: _ended(context.instance, work), datetime.now(UTC)
    )
    asked = [*_dead(postgres, busy.values()), *map(_request, wanted)]
    if not asked:
        yield dg.SkipReason("rebuilds are at work, or wait a while after one that did nothing")
    yield from asked


def _request(wanted: WantedRebuild) -> dg.RunRequest:
    return dg.RunRequest(
        run_key=wanted.run_key,
        job_name=build_vectors.name,
        partition_key=wanted.due.space,
        run_config=build_config(VectorAction.REBUILD, wanted.due.reason),
        tags={_WORK_TAG: wanted.due.work},
    )


def _dead(postgres: PostgresResource, busy: Iterable[dg.DagsterRun]) -> Iterator[dg.RunRequest]:
    """One whose process died would be in the way for long: have it ended."""
    workers = {run.run_id: int(run.tags[WORKER_TAG]) for run in busy if WORKER_TAG in run.tags}
    dead = dead_workers(postgres.engine, workers.values())
    for run_id, worker in workers.items():
        if worker in dead:
            yield dg.RunRequest(run_key=f"dead:{run_id}", job_name=sweep_job.name)


def _ended(instance: dg.DagsterInstance, work: str) -> list[datetime]:
    """When the runs ended that were asked for the very same work."""
    same_work = dg.RunsFilter(tags={_WORK_TAG: work})
    return [record.update_timestamp for record in instance.get_run_records(same_work)]
