"""How fast each stage has been on this installation, from the runs that stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from rushes.db.sql import load_sql
from rushes.pipeline.context import StageTask

_HERE = Path(__file__).parent
_NEWEST_RUNS = 100


@dataclass(frozen=True, slots=True)
class StageSpeed:
    """What one work of a stage took, over its newest runs. Seconds of film, and of this machine."""

    stage: str
    model_profile: str
    config_hash: str
    films: int
    film_seconds: float
    seconds: float
    inference_seconds: float
    frames: int
    windows: int
    cache_hits: int

    @property
    def times_real_time(self) -> float | None:
        """Seconds of film a second of work; None where the work took no time."""
        return self.film_seconds / self.seconds if self.seconds else None

    @property
    def ms_per_frame(self) -> float | None:
        """Of the frames that the stage looked at; None where it looks at none."""
        return 1000 * self.seconds / self.frames if self.frames else None

    @property
    def frames_per_second(self) -> float | None:
        """Frames looked at, or for the media pass sampled, a second of work."""
        return self.frames / self.seconds if self.frames and self.seconds else None


def stage_speeds(connection: Connection) -> list[StageSpeed]:
    """The speed of every work that was ever done and measured, by stage."""
    rows = connection.execute(load_sql(_HERE, "stage_speeds"), {"newest": _NEWEST_RUNS})
    return [
        StageSpeed(
            stage=row.stage,
            model_profile=row.model_profile,
            config_hash=row.config_hash,
            films=row.films,
            film_seconds=row.film_seconds,
            seconds=row.seconds,
            inference_seconds=row.inference_seconds,
            frames=row.frames,
            windows=row.windows,
            cache_hits=row.cache_hits,
        )
        for row in rows
    ]


def speed_of(task: StageTask, speeds: Sequence[StageSpeed]) -> StageSpeed | None:
    """What is known of this work: its own speed, else that of its stage under the profile."""
    same_stage = [each for each in speeds if each.stage == task.stage.name]
    own = [each for each in same_stage if each.config_hash == task.config_hash]
    alike = [each for each in same_stage if each.model_profile == task.profile]
    return next(iter(own or alike), None)
