"""`rushes index`: register films, run what is pending through Dagster in this process, report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.dead_runs import WORKER_TAG, end_dead_runs, has_dead_runs
from rushes.artifacts.runs import sweep_dead_runs
from rushes.errors import NotFoundError, RushesError
from rushes.library.report import ScanReport
from rushes.library.scan_options import Progress
from rushes.library.service import LibraryService
from rushes.pipeline.film_report import FilmLine
from rushes.pipeline.plan import FilmPlan
from rushes.pipeline.workload import Workload
from rushes.search.sync.waiting import WaitingFilms

if TYPE_CHECKING:
    from dagster import ExecuteInProcessResult

    from orchestration.publishing import Shown, Tally

JOB = "index_videos"
_ENGINE_AWAY_SECONDS = 2.0


@dataclass(slots=True)
class Scope:
    """What a command is about: films, and what the scans found."""

    asset_ids: list[str] = field(default_factory=list)
    reports: list[ScanReport] = field(default_factory=list)


class Indexer:
    """Takes films through the pipeline in this process, as Dagster runs."""

    def __init__(self, work: Workload) -> None:
        self._work = work
        self._context = work.context

    @property
    def stage_names(self) -> list[str]:
        """The stages that can be had."""
        return list(dict.fromkeys(task.stage.name for task in self._work.available))

    @property
    def unavailable(self) -> dict[str, RushesError]:
        """The stages that cannot be had here, with the reason."""
        return self._work.unavailable

    @property
    def notes(self) -> list[str]:
        """What a person should know of the models: those not here, and what stands in for them."""
        missing = [f"{stage} is unavailable: {why}" for stage, why in self.unavailable.items()]
        notes = [task.note for task in self._work.available if task.note]
        return list(dict.fromkeys(missing + notes))

    def register(
        self,
        paths: Sequence[Path],
        slug: str | None,
        stability_seconds: float | None,
        progress: Progress | None = None,
    ) -> Scope:
        """Scan the libraries of `paths`, making those that are new, and register their films."""
        service = LibraryService(self._context.engine, self._context.settings)
        scope = Scope()
        for path in paths:
            library, only = _library_of(service, path, slug)
            report = service.scan(
                library,
                stability_seconds=stability_seconds,
                only=only or None,
                retry_rejected=True,
                progress=progress,
            )
            scope.reports.append(report)
            scope.asset_ids += [each for each in report.asset_ids if each not in scope.asset_ids]
        return scope

    def plan(self, asset_ids: Sequence[str], *, retry_failed: bool = False) -> list[FilmPlan]:
        """What is left to do on those films."""
        sweep_dead_runs(self._context.engine)
        return self._work.plan(asset_ids, retry_failed=retry_failed)

    def report(self, asset_ids: Sequence[str]) -> list[FilmLine]:
        """How those films stand now."""
        return self._work.report(asset_ids)

    def run(self, asset_ids: Sequence[str]) -> None:
        """Run the stages of those films through Dagster, in ranges of at most a chunk.

        A film's failure is recorded in its run and shown by Dagster; it is not raised here.
        """
        # Here, not above: importing Dagster takes a second, which a run without work never pays.
        import dagster as dg
        from dagster._core.storage.tags import (
            ASSET_PARTITION_RANGE_END_TAG,
            ASSET_PARTITION_RANGE_START_TAG,
        )

        from orchestration.definitions import defs
        from orchestration.instance import open_instance
        from orchestration.partitions import contiguous_ranges, register_videos

        with open_instance(self._context.settings) as instance:
            end_dead_runs(instance, self._context.engine)
            register_videos(instance, asset_ids)
            job = defs.resolve_job_def(JOB)
            keys = instance.get_dynamic_partitions("videos")
            for first, last in contiguous_ranges(
                keys, asset_ids, self._context.settings.chunk_size
            ):
                result = job.execute_in_process(
                    instance=instance,
                    raise_on_error=False,
                    asset_selection=[dg.AssetKey(name) for name in self.stage_names],
                    tags={
                        ASSET_PARTITION_RANGE_START_TAG: first,
                        ASSET_PARTITION_RANGE_END_TAG: last,
                        WORKER_TAG: str(self._context.worker.key),
                    },
                    run_config=self._run_config(),
                )
                if was_interrupted(result):
                    raise KeyboardInterrupt

    def publish(self, asset_ids: Sequence[str], show: Shown) -> Tally | None:
        """Let search show what is known of those films; None where it does already.

        `show` is told what was done so far. Raises the engine's errors soon, since there is a
        person who waits.
        """
        if not WaitingFilms(self._context.engine, asset_ids)():
            return None
        from orchestration.publishing import publish_films

        return publish_films(self._context, asset_ids, away_seconds=_ENGINE_AWAY_SECONDS, show=show)

    def end_dead_runs(self) -> None:
        """End what a killed process left open in Dagster, where there is nothing else to run."""
        if not has_dead_runs(self._context.settings, self._context.engine):
            return
        from orchestration.instance import open_instance

        with open_instance(self._context.settings) as instance:
            end_dead_runs(instance, self._context.engine)

    def register_partitions(self, asset_ids: Sequence[str]) -> int:
        """Make the films known to Dagster; returns how many were new to it."""
        from orchestration.instance import open_instance
        from orchestration.partitions import register_videos

        with open_instance(self._context.settings) as instance:
            return register_videos(instance, asset_ids)

    def _run_config(self) -> dict[str, Any]:
        return {
            "ops": {"video_stages": {"config": {"profile": self._work.profile.value}}},
            # Dagster's own chatter stays in its event log; people read the table at the end.
            "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
        }


def was_interrupted(result: ExecuteInProcessResult) -> bool:
    """Dagster takes Ctrl-C for a failed run and goes on; a person wants to stop."""
    from dagster import DagsterEventType
    from dagster._core.events import RunFailureReason

    return any(
        event.job_failure_data.failure_reason is RunFailureReason.UNEXPECTED_TERMINATION
        for event in result.all_events
        if event.event_type is DagsterEventType.RUN_FAILURE
    )


def _library_of(service: LibraryService, path: Path, slug: str | None) -> tuple[str, str]:
    """(slug, prefix) of a path; a root that is away is still its library's root."""
    try:
        added = service.add(path, slug)
    except NotFoundError:
        wanted = path.expanduser().absolute()
        for library in service.list():
            if wanted == library.root:
                return library.slug, ""
        raise
    return added.library.slug, added.only
