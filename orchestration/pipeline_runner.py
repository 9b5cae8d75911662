"""Dagster as the pipeline's runner: which films it is at work on, and forgetting films."""

from __future__ import annotations

from collections.abc import Collection

from rushes.pipeline.context import PipelineContext


class DagsterRunner:
    """A `PipelineRunner` over the instance of the data directory's home.

    Each call opens the instance anew, so that a process may hold this for as long as it lives.
    """

    def __init__(self, context: PipelineContext) -> None:
        self._context = context

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
