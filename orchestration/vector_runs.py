"""Runs of `vector_index`: which are under way, and how one is asked for from outside of Dagster.

`dagster job launch` starts a code server of its own first, which takes seconds. Here the run is
written as that command would write it, for the code location of `workspace.yaml`, and put into the
queue; the daemon of `rushes up` takes it from there.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Any, Final

import dagster as dg
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.origin import JobPythonOrigin, RepositoryPythonOrigin
from dagster._core.remote_origin import RemoteJobOrigin, RemoteRepositoryOrigin
from dagster._core.run_coordinator import QueuedRunCoordinator
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES
from dagster._core.storage.tags import PARTITION_NAME_TAG
from dagster._core.workspace.load import location_origins_from_yaml_paths
from dagster._daemon.run_coordinator import QueuedRunCoordinatorDaemon

from rushes.pipeline.runner import RunnerAwayError, VectorAction
from rushes.settings import PROJECT_ROOT

BUILD_JOB: Final = "build_vectors"
_ASSET: Final = "vector_index"
_DAEMON_SILENT_SECONDS: Final = 300.0
_MODULE: Final = "orchestration.definitions"


def builds_in_flight(instance: dg.DagsterInstance) -> dict[str, dg.DagsterRun]:
    """Space -> the run that is queued for it, at work on it or still being cancelled."""
    return {
        run.tags[PARTITION_NAME_TAG]: run
        for run in instance.get_runs(dg.RunsFilter(statuses=NOT_FINISHED_STATUSES))
        if PARTITION_NAME_TAG in run.tags and _builds(run)
    }


def build_config(action: VectorAction, reason: str) -> dict[str, Any]:
    """The run configuration of `vector_index`."""
    return {"ops": {_ASSET: {"config": {"action": action.value, "reason": reason}}}}


def queue_build(
    instance: dg.DagsterInstance, key: str, action: VectorAction, reason: str
) -> dg.DagsterRun:
    """Put a run for a registered space into Dagster's queue. RunnerAwayError where nobody would
    take it from there.
    """
    from orchestration.definitions import defs

    _check_daemon(instance)
    job = defs.resolve_job_def(BUILD_JOB)
    run = instance.create_run_for_job(
        job,
        run_config=build_config(action, reason),
        tags={**_tags(job), PARTITION_NAME_TAG: key},
        remote_job_origin=_remote_origin(),
        job_code_origin=_code_origin(),
    )
    # The coordinator of the queue asks for no workspace; it is the daemon that has one.
    return instance.submit_run(run.run_id, workspace=None)  # type: ignore[arg-type]


def _builds(run: dg.DagsterRun) -> bool:
    selected = run.asset_selection
    return run.job_name == BUILD_JOB or bool(selected and dg.AssetKey(_ASSET) in selected)


def _check_daemon(instance: dg.DagsterInstance) -> None:
    remedy = "start `rushes up`, or do it here: `rushes vectors rebuild`"
    if not isinstance(instance.run_coordinator, QueuedRunCoordinator):
        raise RunnerAwayError("this Dagster has no queue that a run could be put into")
    heartbeat = instance.get_daemon_heartbeats().get(QueuedRunCoordinatorDaemon.daemon_type())
    if heartbeat is None or time.time() - heartbeat.timestamp > _DAEMON_SILENT_SECONDS:
        raise RunnerAwayError("no Dagster daemon takes runs from the queue", remedy=remedy)


def _tags(job: dg.JobDefinition) -> Mapping[str, str]:
    return {**job.tags, **job.run_tags}


def _remote_origin() -> RemoteJobOrigin:
    (location,) = location_origins_from_yaml_paths([str(PROJECT_ROOT / "workspace.yaml")])
    return RemoteJobOrigin(RemoteRepositoryOrigin(location, _repository_name()), BUILD_JOB)


def _repository_name() -> str:
    from orchestration.definitions import defs

    return defs.get_repository_def().name


def _code_origin() -> JobPythonOrigin:
    pointer = ModuleCodePointer(_MODULE, "defs", str(PROJECT_ROOT))
    return JobPythonOrigin(BUILD_JOB, RepositoryPythonOrigin(sys.executable, pointer))
