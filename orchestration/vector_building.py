"""Building the files of vector indexes in this process, as Dagster runs, for the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from orchestration.building_progress import showing_progress
from orchestration.dead_runs import WORKER_TAG, end_dead_runs
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.runner import VectorAction

if TYPE_CHECKING:
    from dagster import DagsterInstance, ExecuteInProcessResult

Progress: TypeAlias = Callable[[str, int, int], None]
"""Told of which space how many vectors were read, and of how many."""


@dataclass(frozen=True, slots=True)
class BuildOutcome:
    """What came of a run. `generation`: the one that answers afterwards, None where the run failed
    for `code` and `reason`. `failed_checks`: gates that the generation did not pass.
    """

    space: str
    run_id: str
    generation: str | None
    vectors: int | None = None
    bytes: int | None = None
    seconds: float | None = None
    code: str | None = None
    reason: str | None = None
    failed_checks: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether it was made and passed its gates."""
        return self.generation is not None and not self.failed_checks


def build(
    context: PipelineContext,
    keys: Sequence[str],
    action: VectorAction,
    reason: str,
    progress: Progress,
) -> Iterator[BuildOutcome]:
    """One run after the other; each waits for whoever writes files of its space."""
    from orchestration.instance import open_instance
    from orchestration.partitions import register_spaces

    with open_instance(context.settings) as instance:
        end_dead_runs(instance, context.engine)
        register_spaces(instance, keys)
        for key in keys:
            with showing_progress(partial(progress, key)):
                yield _run(context, instance, key, action, reason)


def _run(
    context: PipelineContext,
    instance: DagsterInstance,
    key: str,
    action: VectorAction,
    reason: str,
) -> BuildOutcome:
    from orchestration.definitions import defs
    from orchestration.indexing import was_interrupted
    from orchestration.vector_runs import BUILD_JOB, build_config

    result = defs.resolve_job_def(BUILD_JOB).execute_in_process(
        instance=instance,
        partition_key=key,
        raise_on_error=False,
        tags={WORKER_TAG: str(context.worker.key)},
        run_config={
            **build_config(action, reason),
            "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
        },
    )
    if was_interrupted(result):
        raise KeyboardInterrupt
    return _outcome(key, result)


def _outcome(key: str, result: ExecuteInProcessResult) -> BuildOutcome:
    made = result.asset_materializations_for_node("vector_index")
    if not made:
        code, reason = _failure(result)
        return BuildOutcome(key, result.run_id, None, code=code, reason=reason)
    told = {name: each.value for name, each in made[0].metadata.items()}
    return BuildOutcome(
        key,
        result.run_id,
        told["generation"],
        vectors=told["vectors"],
        bytes=told["bytes"],
        seconds=told["seconds"],
        failed_checks=_failed_checks(result),
    )


def _failed_checks(result: ExecuteInProcessResult) -> tuple[str, ...]:
    """Gates that are broken; what only warns is for those who look at Dagster."""
    from dagster import AssetCheckSeverity

    return tuple(
        each.check_name
        for each in result.get_asset_check_evaluations()
        if not each.passed and each.severity is AssetCheckSeverity.ERROR
    )


def _failure(result: ExecuteInProcessResult) -> tuple[str, str]:
    """Code and words of the step that failed."""
    for event in result.all_events:
        if event.is_step_failure:
            data: Any = event.step_failure_data
            if (told := data.user_failure_data) is not None:
                code = told.metadata.get("code")
                return str(code.value) if code else "internal", str(told.description)
            return "internal", str(data.error.message if data.error else "it failed").strip()
    return "internal", "the run failed; Dagster tells why"
