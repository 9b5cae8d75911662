"""What a backfill would do, and about how long it would take, before it is started."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rushes.artifacts.runs import imported_work
from rushes.documents.identity import logical_key_id
from rushes.library.records import Video
from rushes.library.repository import get_videos
from rushes.pipeline.context import StageTask
from rushes.pipeline.media import has_media
from rushes.pipeline.plan import FilmPlan
from rushes.pipeline.speeds import StageSpeed, speed_of, stage_speeds
from rushes.pipeline.workload import Workload


@dataclass(slots=True)
class StageForecast:
    """One stage: how many films stand, would be worked on, would come from what is on disk.

    `seconds` is about how long it would take; None where nothing like it has been measured yet.
    """

    stage: str
    profile: str
    done: int = 0
    to_do: int = 0
    from_disk: int = 0
    failed: int = 0
    film_seconds: float = 0.0
    seconds: float | None = 0.0
    note: str | None = None


@dataclass(slots=True)
class Forecast:
    """What would be done on some films. `offline`: films that only an attached drive can give."""

    films: int
    stages: list[StageForecast]
    offline: list[str] = field(default_factory=list)
    unmeasured: list[str] = field(default_factory=list)
    """Stages with work whose speed is not known yet: they are not in `seconds`."""

    @property
    def seconds(self) -> float:
        """About how long all of it takes in one process, one stage after the other."""
        return sum(each.seconds or 0.0 for each in self.stages)


class Forecaster:
    """Looks at films and at what stands of them; changes nothing."""

    def __init__(self, work: Workload) -> None:
        self._work = work
        self._context = work.context
        with self._context.engine.connect() as connection:
            self._speeds: Sequence[StageSpeed] = stage_speeds(connection)
        self._imports: Mapping[str, Mapping[str, str]] = {}

    def of(self, asset_ids: Sequence[str], *, retry_failed: bool = False) -> Forecast:
        """The forecast for these films."""
        films = get_videos(self._context.engine, asset_ids)
        with self._context.engine.connect() as connection:
            self._imports = imported_work(connection, asset_ids)
        stages = {name: self._empty(name) for name in self._work.stages}
        forecast = Forecast(len(asset_ids), list(stages.values()))
        for plan in self._work.plan(asset_ids, retry_failed=retry_failed):
            film = films[plan.asset_id]
            if plan.pending and not self._can_be_read(film):
                forecast.offline.append(film.path)
                continue
            self._add(stages, plan, film)
        forecast.unmeasured = [each.stage for each in stages.values() if each.seconds is None]
        return forecast

    def _empty(self, stage: str) -> StageForecast:
        missing = self._work.unavailable.get(stage)
        note = f"unavailable: {missing}" if missing else None
        return StageForecast(stage, self._work.profile.value, note=note)

    def _add(self, stages: dict[str, StageForecast], plan: FilmPlan, film: Video) -> None:
        seconds = (film.duration_ms or 0) / 1000
        for task in self._work.tasks(film.library_slug):
            line = stages[task.stage.name]
            line.note = line.note or task.note
            if task.stage.name in plan.failed:
                line.failed += 1
            elif task.stage.name not in plan.pending:
                line.done += 1
            elif self._stands(task, film):
                line.from_disk += 1
            else:
                line.to_do += 1
                line.film_seconds += seconds
                speed = speed_of(task, self._speeds)
                if speed is None or line.seconds is None:
                    line.seconds = None
                else:
                    line.seconds += seconds * speed.seconds / speed.film_seconds

    def _stands(self, task: StageTask, film: Video) -> bool:
        """Whether no model and no decoder would run: a document, captions or the cache has it."""
        imported = self._imports.get(film.asset_id, {})
        if task.stage.name in imported:
            return True
        task = task.resting_on(imported)
        if task.analyser is None:
            return has_media(self._context, film)
        key = logical_key_id(task.stage.name, film.content_hash, task.config_hash)
        documents = self._context.documents
        return documents.get_latest_by_logical_key(task.stage.name, key) is not None

    def _can_be_read(self, film: Video) -> bool:
        return film.library_status == "online" or has_media(self._context, film)
