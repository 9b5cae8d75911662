"""What stands of each film after work: scenes, segments, seconds by stage, and what failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, Row

from rushes.artifacts.vocabulary import STAGE_OF_TYPE, ArtifactType
from rushes.library.repository import get_videos
from rushes.pipeline.context import StageTask
from rushes.pipeline.plan import latest_runs


@dataclass(frozen=True, slots=True)
class StageLine:
    """One stage: its status, seconds of the run that stands, and the reason where it failed."""

    status: str
    seconds: float = 0.0
    code: str | None = None
    reason: str | None = None

    @property
    def succeeded(self) -> bool:
        """Whether its results stand."""
        return self.status == "completed"


@dataclass(frozen=True, slots=True)
class FilmLine:
    """One film: counts are None where the stage has not been completed.

    `found` has the number of artifacts by type, of the stages that are completed.
    """

    asset_id: str
    path: str
    library: str
    duration_ms: int | None
    scenes: int | None
    segments: int | None
    found: dict[str, int] = field(default_factory=dict)
    stages: dict[str, StageLine] = field(default_factory=dict)

    @property
    def failure(self) -> StageLine | None:
        """The first stage that failed."""
        return next((each for each in self.stages.values() if each.status == "failed"), None)


def film_lines(
    engine: Engine, asset_ids: Sequence[str], tasks: Sequence[StageTask]
) -> list[FilmLine]:
    """A line a film, in the order of `asset_ids`."""
    with engine.connect() as connection:
        latest = latest_runs(connection, asset_ids, tasks)
    videos = get_videos(engine, asset_ids)
    lines = []
    for asset_id in asset_ids:
        runs = latest[asset_id]
        counts = {
            name: count
            for run in runs.values()
            if run.status == "completed"
            for name, count in run.counts.items()
        }
        done = {stage for stage, run in runs.items() if run.status == "completed"}
        found = {
            kind.value: counts.get(kind, 0) for kind, of in STAGE_OF_TYPE.items() if of in done
        }
        video = videos[asset_id]
        lines.append(
            FilmLine(
                asset_id=asset_id,
                path=video.path,
                library=video.library_slug,
                duration_ms=video.duration_ms,
                scenes=found.get(ArtifactType.SCENE),
                segments=found.get(ArtifactType.TRANSCRIPT_SEGMENT),
                found=found,
                stages={stage: _stage_line(run) for stage, run in runs.items()},
            )
        )
    return lines


def _stage_line(run: Row[Any]) -> StageLine:
    taken = (run.finished_at - run.started_at).total_seconds() if run.finished_at else 0.0
    return StageLine(run.status, taken, run.error_code, run.error_text)
