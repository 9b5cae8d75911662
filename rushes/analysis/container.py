"""The first stage: what the container says of the film, as a `video.metadata` artifact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import av

from rushes.analysis.protocol import (
    AnalyserIdentity,
    FilmMedia,
    Finding,
    StageConfiguration,
    Watch,
)
from rushes.artifacts.vocabulary import ArtifactType
from rushes.media.probe import probe


class ContainerConfiguration(StageConfiguration):
    """Nothing can be chosen; the revision rises when the reading changes."""

    reader: str = "pyav"
    revision: int = 1


class ContainerAnalyser:
    """Reads the container's facts; needs no model."""

    def __init__(self) -> None:
        self.configuration: StageConfiguration = ContainerConfiguration()
        self.identity = AnalyserIdentity("pyav", av.__version__, "none")

    def prepare(self) -> None:
        """There is nothing to load."""

    def analyse(self, film: FilmMedia, watch: Watch) -> dict[str, Any]:
        """The facts as JSON; MediaError where the file is not a film."""
        facts = asdict(probe(film.source))
        rate = facts.pop("frame_rate")
        facts["frame_rate_numerator"] = rate.numerator
        facts["frame_rate_denominator"] = rate.denominator
        if facts["capture_time"] is not None:
            facts["capture_time"] = facts["capture_time"].isoformat()
        return facts

    def findings(self, raw: dict[str, Any]) -> Sequence[Finding]:
        """One artifact over the whole film, without what the file does not tell."""
        told = {name: value for name, value in raw.items() if value is not None}
        return [Finding(ArtifactType.VIDEO_METADATA, 0, raw["duration_ms"], told)]
