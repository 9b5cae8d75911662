"""What every stage asset says of itself to `video_stages`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg
from sqlalchemy import Connection

import rushes
from orchestration.partitions import VIDEOS
from rushes.analysis.profiles import load_profiles
from rushes.artifacts.hashing import sha256_of
from rushes.errors import RushesError
from rushes.models.catalogue import Catalogue
from rushes.models.choice import resolve
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.outcome import StageOutcome
from rushes.settings import get_settings

Metadata = Mapping[str, Any]


@dataclass(frozen=True)
class Verdict:
    """What an inline check found for one film."""

    passed: bool
    metadata: Metadata


@dataclass(frozen=True)
class StageCheck:
    """A cheap invariant of a stage's results, read from Postgres after the commit."""

    name: str
    description: str
    evaluate: Callable[[Connection, str], Verdict]
    """(connection, run_id) -> verdict."""


@dataclass(frozen=True)
class StageAsset:
    """One stage as an asset: its place in the graph, its pictures and numbers, its checks."""

    name: str
    deps: tuple[str, ...]
    description: str
    kinds: frozenset[str]
    describe: Callable[[PipelineContext, StageOutcome], Metadata]
    projections: tuple[str, ...] = ()
    """Tables written in the same transaction, reported together with the stage."""
    checks: tuple[StageCheck, ...] = ()

    @property
    def spec(self) -> dg.AssetSpec:
        """Skippable: in a chunk only what was really done is materialized."""
        return dg.AssetSpec(
            self.name,
            deps=list(self.deps),
            description=self.description,
            partitions_def=VIDEOS,
            kinds=set(self.kinds),
            group_name="video",
            skippable=True,
            code_version=_code_version(self.name),
        )

    @property
    def check_specs(self) -> list[dg.AssetCheckSpec]:
        """The specs of its inline checks."""
        return [
            dg.AssetCheckSpec(
                check.name,
                asset=self.name,
                description=check.description,
                partitions_def=VIDEOS,
            )
            for check in self.checks
        ]


def _code_version(stage: str) -> str:
    """Changes with Rushes, with the stage's row of the profile table, and with the weights here."""
    settings = get_settings()
    row = load_profiles(settings).stage(settings.profile, stage)
    catalogue = Catalogue(settings)
    weights = {key: _weights(catalogue, row[key]) for key in row if key.endswith("models")}
    return sha256_of([rushes.__version__, settings.profile, row, weights])[:12]


def _weights(catalogue: Catalogue, names: Sequence[str]) -> str | None:
    """Which of those models is used on this machine; None: none of them is here."""
    try:
        return resolve(catalogue, names).identity
    except RushesError:
        return None


def numbers(outcome: StageOutcome) -> dict[str, Any]:
    """Counts, seconds by step and speeds, as Dagster plots them."""
    counts = {f"count {name}": count for name, count in outcome.counts.items()}
    seconds = {f"seconds {name}": round(value, 3) for name, value in outcome.timings.items()}
    return {
        "status": outcome.status.value,
        "run_id": outcome.run_id or "",
        **counts,
        **seconds,
        **_frame_speed(outcome),
    }


def real_time_factor(outcome: StageOutcome, duration_ms: int | None) -> dict[str, float]:
    """Seconds of film a second of work, where work was done."""
    taken = _work_seconds(outcome)
    return (
        {"times real time": round(duration_ms / 1000 / taken, 2)} if taken and duration_ms else {}
    )


def _work_seconds(outcome: StageOutcome) -> float:
    return outcome.timings.get("analyse") or outcome.timings.get("decode") or 0.0


def _frame_speed(outcome: StageOutcome) -> dict[str, float]:
    frames, taken = outcome.counts.get("frames", 0), _work_seconds(outcome)
    if not frames or not taken:
        return {}
    return {
        "ms per frame": round(1000 * taken / frames, 1),
        "frames per s": round(frames / taken, 1),
    }
