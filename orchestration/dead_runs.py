"""Dagster runs whose process died: nobody else would ever end them.

With the default launcher and in process Dagster cannot tell a dead run from a slow one. It would
show as started, and hold its place in the pool, until its longest allowed time is over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Engine, create_engine, inspect, text

from rushes.artifacts.runs import dead_workers
from rushes.db.server import ensure_database
from rushes.settings import Settings

if TYPE_CHECKING:
    import dagster as dg

WORKER_TAG = "rushes/worker"
"""On every run that analyses: the key of the worker, whose death Postgres knows of."""

_UNFINISHED_WORKERS = text(
    "select tag.value from runs run join run_tags tag using (run_id)"
    " where tag.key = :worker_tag and run.status not in ('SUCCESS', 'FAILURE', 'CANCELED')"
)


def end_dead_runs(instance: dg.DagsterInstance, engine: Engine) -> list[str]:
    """Fail the runs that are not finished and whose worker is dead. Returns their ids.

    One that was killed before it started counts too: whoever tagged it also wanted to run it.
    """
    import dagster as dg
    from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES

    unfinished = instance.get_runs(dg.RunsFilter(statuses=NOT_FINISHED_STATUSES))
    tagged = [(run, int(run.tags[WORKER_TAG])) for run in unfinished if WORKER_TAG in run.tags]
    dead = dead_workers(engine, (key for _, key in tagged))
    ended = [run for run, key in tagged if key in dead]
    for run in ended:
        instance.report_run_failed(run, "The process that ran this died.")
    return [run.run_id for run in ended]


def has_dead_runs(settings: Settings, engine: Engine) -> bool:
    """Whether `end_dead_runs` would end any. Dagster, slow to load, is not asked."""
    storage = create_engine(ensure_database(settings).dagster)
    try:
        with storage.connect() as connection:
            if not inspect(connection).has_table("run_tags"):
                return False  # Dagster has never run here
            keys = connection.execute(_UNFINISHED_WORKERS, {"worker_tag": WORKER_TAG}).scalars()
            unfinished = [int(key) for key in keys]
    finally:
        storage.dispose()
    return bool(dead_workers(engine, unfinished))
