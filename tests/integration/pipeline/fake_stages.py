"""Stages whose analysers are fakes with the real interface: no model, no film, any failure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rushes.analysis.protocol import (
    AnalyserIdentity,
    FilmMedia,
    Finding,
    StageConfiguration,
    Watch,
)
from rushes.artifacts.envelope import ArtifactEnvelope
from rushes.artifacts.hashing import sha256_of
from rushes.artifacts.vocabulary import ArtifactType, ModelProfile
from rushes.pipeline.context import PipelineContext, StageTask, definition
from rushes.pipeline.parsed import decode_findings, encode_findings
from tests.integration.indexed_films import scene, segment

PROFILE = ModelProfile.BALANCED
FINDINGS: dict[str, Sequence[Finding]] = {
    "source_video": [],
    "media_pass": [],
    "scenes": [scene(0, 500), scene(500, 900, 1)],
    "transcript": [segment("the dogs walk", 100, 700), segment("away", 700, 900)],
    **dict.fromkeys(
        ("objects", "faces", "places", "ocr", "frame_embeddings", "text_embeddings"), ()
    ),
}


class FakeAnalyser:
    """Finds the same in every film. `break_model` and `break_parser` raise what they like."""

    def __init__(self, stage: str) -> None:
        self.configuration = StageConfiguration()
        self.identity = AnalyserIdentity("fake", "1", f"fake-{stage}")
        self.asked: list[str] = []
        """The films that the model was asked about."""
        self.break_model: Callable[[str], None] = lambda asset_id: None
        self.break_parser: Callable[[Sequence[Finding]], Sequence[Finding]] = lambda found: found
        self.reads: ArtifactType | None = None
        """What it asks of the stages that it rests on."""
        self.read: Sequence[ArtifactEnvelope] = ()
        self.found = FINDINGS[stage]

    def prepare(self) -> None:
        """There is nothing to load."""

    def analyse(self, film: FilmMedia, watch: Watch) -> dict[str, Any]:
        self.asked.append(film.asset_id)
        self.break_model(film.asset_id)
        if self.reads is not None:
            self.read = film.earlier(self.reads)
        watch.measures.count("frames", 2)
        with watch.measures.timed("inference"):
            return {"said": encode_findings(self.found).decode()}

    def findings(self, raw: dict[str, Any]) -> Sequence[Finding]:
        return self.break_parser(decode_findings(raw["said"].encode()))


def install_fakes(context: PipelineContext) -> dict[str, FakeAnalyser]:
    """Put a fake in the place of every stage's work, where the context keeps what it made."""
    fakes = {stage: FakeAnalyser(stage) for stage in FINDINGS}
    for stage, fake in fakes.items():
        context._tasks[stage, PROFILE, context.profiles.digest] = StageTask(
            stage=definition(stage),
            profile=PROFILE,
            analyser=fake,
            configuration={"fake": stage},
            config_hash=sha256_of({"fake": stage}),
            sampling=None,
            rests_on={name: sha256_of({"fake": name}) for name in definition(stage).rests_on},
        )
    return fakes
