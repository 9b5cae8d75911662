"""Dagster as the pipeline's runner: which films it is at work on, forgetting films, and runs for
vector indexes.
"""

from __future__ import annotations

from collections.abc import Collection
from threading import Lock

from rushes.pipeline.context import PipelineContext
from rushes.pipeline.runner import RunnerAwayError, VectorAction, VectorRunInFlightError


class DagsterRunner:
    """A `PipelineRunner` over the instance of the data directory's home.

    Each call opens the instance anew, so that a process may hold this for as long as it lives.
    """

    def __init__(self, context: PipelineContext) -> None:
        self._context = context
        self._asking = Lock()

    def films_in_flight(self, asset_ids: Collection[str]) -> set[str]:
        """Those that a Dagster run is queued for, at work on or still being cancelled for.

        Runs whose process died are ended first.
        """
        from orchestration.dead_runs import end_dead_runs
        from orchestration.instance import open_instance
        from orchestration.partitions import VIDEOS, films_in_flight

        with open_instance(self._context.settings) as instance:
            end_dead_runs(instance, self._context.engine)
            keys = list(instance.get_dynamic_partitions(VIDEOS.name or ""))
            return set(films_in_flight(instance, keys)).intersection(asset_ids)

    def forget_films(self, asset_ids: Collection[str]) -> None:
        """Remove their partitions. Dagster's event log keeps what it was told of them."""
        from orchestration.instance import open_instance
        from orchestration.partitions import VIDEOS

        with open_instance(self._context.settings) as instance:
            for asset_id in asset_ids:
                instance.delete_dynamic_partition(VIDEOS.name or "", asset_id)

    def rebuild_vectors(self, space_key: str, action: VectorAction, reason: str) -> str:
        """Queue a run of `vector_index` for a space. Runs whose process died are ended first.

        The daemon of `rushes up` begins it. The first call loads the definitions, which takes
        seconds.
        """
        from dagster import DagsterError

        from orchestration.dead_runs import end_dead_runs
        from orchestration.instance import open_instance
        from orchestration.partitions import register_spaces
        from orchestration.vector_runs import builds_in_flight, queue_build

        with self._asking, open_instance(self._context.settings) as instance:
            end_dead_runs(instance, self._context.engine)
            if (busy := builds_in_flight(instance).get(space_key)) is not None:
                raise VectorRunInFlightError(
                    f"the run {busy.run_id} is queued for {space_key}, or at work on it",
                    remedy="wait until it has ended; Dagster shows how far it is",
                )
            register_spaces(instance, [space_key])
            try:
                return queue_build(instance, space_key, action, reason).run_id
            except DagsterError as error:
                raise RunnerAwayError(f"Dagster did not take the run: {error}") from error
