"""What an analyser is: one model behind one stage.

An analyser reads a film's media and says what it found in two steps. `analyse` gives the model's
own output, which is written to disk before anything looks at it; `findings` makes artifacts of
that output and nothing else, so that a document can be replayed without the model.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict

from rushes.artifacts.vocabulary import ArtifactType
from rushes.errors import AnalysisError
from rushes.media.cache import CachedMedia


class StageConfiguration(BaseModel):
    """Base of every stage's settings: frozen, no unknown fields; its hash is the config_hash.

    It holds whatever changes the result (backend, weights, thresholds, sampling) and nothing that
    does not (threads, paths).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True, slots=True)
class AnalyserIdentity:
    """Who made a result: library or model, its exact version, and the weights it used."""

    producer: str
    producer_version: str
    model_id: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One artifact before it has a run: type, schema version, span in ms and payload."""

    artifact_type: ArtifactType
    start_ms: int
    end_ms: int
    payload: dict[str, Any]
    schema_version: int = 1


@dataclass(frozen=True, slots=True)
class FilmMedia:
    """What a stage may read of a film.

    `source` is the film itself, which only the first two stages open; `cached` opens the result
    of the media pass, decoding the source only where the cache no longer holds it.
    """

    asset_id: str
    content_hash: str
    source: Path
    cached: Callable[[], CachedMedia]


def _nobody(done: float, total: float) -> None:
    return


@dataclass(frozen=True, slots=True)
class Watch:
    """Progress and time limit of one stage of one film.

    `progress(done, total)` takes seconds of film. `deadline` is a `time.monotonic()` value.
    """

    progress: Callable[[float, float], None] = field(default=_nobody)
    deadline: float | None = None

    def check(self) -> None:
        """Raise AnalysisError `timeout` where the time limit has passed."""
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise AnalysisError(
                "the stage took longer than its time limit",
                code="timeout",
                remedy="raise RUSHES_STAGE_TIMEOUT_SECONDS and run retry-failed",
            )


@runtime_checkable
class Analyser(Protocol):
    """One model behind one stage."""

    @property
    def configuration(self) -> StageConfiguration:
        """Everything that changes the result."""

    @property
    def identity(self) -> AnalyserIdentity:
        """Who makes the result; known without loading the model."""

    def prepare(self) -> None:
        """Load the model, once a process. AnalysisError `model_unavailable` names the way out."""

    def analyse(self, film: FilmMedia, watch: Watch) -> dict[str, Any]:
        """The model's own output for a whole film, as JSON values."""

    def findings(self, raw: dict[str, Any]) -> Sequence[Finding]:
        """What that output says. Pure: no model, no film."""
