"""What is asked for of films: stages under a profile, each library with its own settings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from rushes.artifacts.vocabulary import ModelProfile
from rushes.errors import AnalysisError, RushesError
from rushes.library.repository import get_videos
from rushes.pipeline.context import PipelineContext, StageTask
from rushes.pipeline.film_report import FilmLine, film_lines
from rushes.pipeline.plan import FilmPlan, plan_films
from rushes.pipeline.stages import STAGE_NAMES, with_needed


class Workload:
    """Stages under a profile, for films of any libraries."""

    def __init__(
        self,
        context: PipelineContext,
        profile: ModelProfile,
        stages: Sequence[str] = STAGE_NAMES,
    ) -> None:
        """Stages whose results those of `stages` are made from are asked for too."""
        self.context = context
        self.profile = profile
        self.stages = with_needed(stages)
        self._by_library: dict[str | None, list[StageTask]] = {}
        self._missing: dict[str | None, dict[str, RushesError]] = {}
        self.tasks()

    @property
    def _asked(self) -> list[str | None]:
        libraries = [library for library in self._by_library if library is not None]
        return [*libraries] or [None]

    @property
    def unavailable(self) -> dict[str, RushesError]:
        """Stages that cannot be had here, with the reason, in any of the libraries asked about.

        Before any was asked about: under the profile table itself.
        """
        return {
            stage: why for library in self._asked for stage, why in self._missing[library].items()
        }

    @property
    def available(self) -> list[StageTask]:
        """The work that can be had in any of the libraries asked about, in the stages' order."""
        tasks = [task for library in self._asked for task in self._by_library[library]]
        return sorted(tasks, key=lambda task: STAGE_NAMES.index(task.stage.name))

    def tasks(self, library: str | None = None) -> list[StageTask]:
        """The work of each stage that can be had; None: under the profile table itself.

        A profile table that is wrong is the caller's error, and raised.
        """
        if library not in self._by_library:
            self._missing[library] = {}
            self._by_library[library] = list(self._available(library))
        return self._by_library[library]

    def plan(self, asset_ids: Sequence[str], *, retry_failed: bool = False) -> list[FilmPlan]:
        """Plans in the order of `asset_ids`, films with nothing to do included."""
        plans: dict[str, FilmPlan] = {}
        for library, films in self._grouped(asset_ids):
            tasks = self.tasks(library)
            with self.context.engine.connect() as connection:
                for plan in plan_films(connection, films, tasks, retry_failed=retry_failed):
                    plans[plan.asset_id] = plan
        return [plans[asset_id] for asset_id in asset_ids]

    def report(self, asset_ids: Sequence[str]) -> list[FilmLine]:
        """How those films stand, in the order of `asset_ids`."""
        lines: dict[str, FilmLine] = {}
        for library, films in self._grouped(asset_ids):
            for line in film_lines(self.context.engine, films, self.tasks(library)):
                lines[line.asset_id] = line
        return [lines[asset_id] for asset_id in asset_ids]

    def _available(self, library: str | None) -> Iterator[StageTask]:
        for stage in self.stages:
            try:
                yield self.context.task(stage, self.profile, library)
            except AnalysisError as error:
                self._missing[library][stage] = error

    def _grouped(self, asset_ids: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
        films = get_videos(self.context.engine, asset_ids)
        grouped: dict[str, list[str]] = defaultdict(list)
        for asset_id in asset_ids:
            grouped[films[asset_id].library_slug].append(asset_id)
        yield from grouped.items()
