"""What an analyser is: one model behind one stage.

An analyser reads a film's media and says what it found in two steps. `analyse` gives the model's
own output, which is written to disk before anything looks at it; `findings` makes artifacts of
that output and nothing else, so that a document can be replayed without the model.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict

from rushes.artifacts.envelope import ArtifactEnvelope
from rushes.artifacts.vocabulary import ArtifactType, EmbeddingKind
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
class Embedding:
    """A vector of one space (kind, model, version, dimension), to be compared by cosine.

    `vector` holds its float32 values, little endian, of length one in the Euclidean norm.
    """

    kind: EmbeddingKind
    model: str
    model_version: str
    vector: bytes

    @property
    def dimension(self) -> int:
        """How many values the vector has."""
        return len(self.vector) // 4


@dataclass(frozen=True, slots=True)
class Finding:
    """One artifact before it has a run: type, schema version, span in ms and payload.

    With an `embedding`, its id is put into the payload's field `embedding_id` when it is written.
    """

    artifact_type: ArtifactType
    start_ms: int
    end_ms: int
    payload: dict[str, Any]
    schema_version: int = 1
    embedding: Embedding | None = None


def _nothing_earlier(artifact_type: ArtifactType) -> Sequence[ArtifactEnvelope]:
    return ()


@dataclass(frozen=True, slots=True)
class FilmMedia:
    """What a stage may read of a film.

    `source` is the film itself, which only the first two stages open; `cached` opens the result
    of the media pass, decoding the source only where the cache no longer holds it. `earlier` gives
    the artifacts of a stage that this one rests on, by start; empty where that stage has none.
    """

    asset_id: str
    content_hash: str
    source: Path
    cached: Callable[[], CachedMedia]
    earlier: Callable[[ArtifactType], Sequence[ArtifactEnvelope]] = _nothing_earlier


class Measures:
    """What a stage counts and times while it works, kept with its run.

    Names used by all: counts `frames` (pictures given to a model), `windows` (texts to embed,
    before the cache), `cache_hits`, `model_calls`; seconds `read`, `inference`.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.seconds: defaultdict[str, float] = defaultdict(float)

    def count(self, name: str, number: int = 1) -> None:
        """Add to a count."""
        self.counts[name] += number

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Add the time of the block to a name."""
        started = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] += time.monotonic() - started


def _nobody(done: float, total: float) -> None:
    return


@dataclass(frozen=True, slots=True)
class Watch:
    """Progress, measures and time limit of one stage of one film.

    `progress(done, total)` takes seconds of film. `deadline` is a `time.monotonic()` value.
    """

    progress: Callable[[float, float], None] = field(default=_nobody)
    deadline: float | None = None
    measures: Measures = field(default_factory=Measures)

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
