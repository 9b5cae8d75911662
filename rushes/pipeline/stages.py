"""The stages of a film in their order, and how each one's analyser is made."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from rushes.analysis.protocol import Analyser
from rushes.models.catalogue import Catalogue
from rushes.settings import Settings


@dataclass(frozen=True, slots=True)
class AnalyserParts:
    """What a factory may use. `options` is the stage's row of the profile table."""

    settings: Settings
    catalogue: Catalogue
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StageDefinition:
    """One stage: what it needs before it, and its analyser; None for the media pass itself."""

    name: str
    parents: tuple[str, ...]
    make_analyser: Callable[[AnalyserParts], Analyser] | None
    reads_media: bool = True
    """Whether it reads the media pass, whose sampling is then part of its configuration."""


def _source_video(parts: AnalyserParts) -> Analyser:
    from rushes.analysis.container import ContainerAnalyser

    return ContainerAnalyser()


def _scenes(parts: AnalyserParts) -> Analyser:
    from rushes.analysis.scenes import SceneAnalyser, ScenesConfig

    return SceneAnalyser(ScenesConfig.model_validate(dict(parts.options)))


def _transcript(parts: AnalyserParts) -> Analyser:
    from rushes.analysis.transcript import make_transcript_analyser

    return make_transcript_analyser(parts.settings, parts.catalogue, parts.options)


SOURCE_VIDEO: Final = "source_video"
MEDIA_PASS: Final = "media_pass"  # noqa: S105

STAGES: Final[tuple[StageDefinition, ...]] = (
    StageDefinition(SOURCE_VIDEO, (), _source_video, reads_media=False),
    StageDefinition(MEDIA_PASS, (SOURCE_VIDEO,), None),
    StageDefinition("scenes", (MEDIA_PASS,), _scenes),
    StageDefinition("transcript", (MEDIA_PASS,), _transcript),
)

STAGE_NAMES: Final = tuple(stage.name for stage in STAGES)


def with_descendants(names: Collection[str]) -> tuple[str, ...]:
    """Those stages and all that rest on them, in the pipeline's order."""
    wanted = set(names)
    for stage in STAGES:  # parents stand before their children
        if wanted.intersection(stage.parents):
            wanted.add(stage.name)
    return tuple(name for name in STAGE_NAMES if name in wanted)
