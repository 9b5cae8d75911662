"""Dagster runs whose process died: nobody else would ever end them.

With the default launcher and in process Dagster cannot tell a dead run from a slow one. It would
show as started, and hold its place in the pool, until its longest allowed time is over.
"""

from __future__ import annotations

import dagster as dg
from dagster._core.storage.dagster_run import IN_PROGRESS_RUN_STATUSES
from sqlalchemy import Engine

from rushes.artifacts.runs import dead_workers

WORKER_TAG = "rushes/worker"
"""On every run that analyses: the key of the worker, whose death Postgres knows of."""


def end_dead_runs(instance: dg.DagsterInstance, engine: Engine) -> list[str]:
    """Fail the runs that are in progress and whose worker is dead. Returns their ids."""
    in_progress = instance.get_runs(dg.RunsFilter(statuses=IN_PROGRESS_RUN_STATUSES))
    tagged = [(run, int(run.tags[WORKER_TAG])) for run in in_progress if WORKER_TAG in run.tags]
    dead = dead_workers(engine, (key for _, key in tagged))
    ended = [run for run, key in tagged if key in dead]
    for run in ended:
        instance.report_run_failed(run, "The process that ran this died.")
    return [run.run_id for run in ended]
