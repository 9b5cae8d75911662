"""The stages of a film in their order, and how each one's analyser is made."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from rushes.analysis.protocol import Analyser
from rushes.models.catalogue import Catalogue
from rushes.settings import Settings
from rushes.vectors.cache import EmbeddingCache


@dataclass(frozen=True, slots=True)
class AnalyserParts:
    """What a factory may use. `options` is the stage's row of the profile table."""

    settings: Settings
    catalogue: Catalogue
    options: Mapping[str, Any]
    vectors: EmbeddingCache


@dataclass(frozen=True, slots=True)
class StageDefinition:
    """One stage: what it needs before it, and its analyser; None for the media pass itself."""

    name: str
    parents: tuple[str, ...]
    make_analyser: Callable[[AnalyserParts], Analyser] | None
    reads_media: bool = True
    """Whether it reads the media pass, whose sampling is then part of its configuration."""
    rests_on: tuple[str, ...] = ()
    """Stages whose artifacts it reads: their configurations are then part of its own."""


def _source_video(parts: AnalyserParts) -> Analyser:
    from rushes.analysis.container import ContainerAnalyser

    return ContainerAnalyser()


def _scenes(parts: AnalyserParts) -> Analyser:
    from rushes.analysis.scenes import SceneAnalyser, ScenesConfig

    return SceneAnalyser(ScenesConfig.model_validate(dict(parts.options)))


def _transcript(parts: AnalyserParts) -> Analyser:
    from rushes.analysis.transcript import make_transcript_analyser

    return make_transcript_analyser(parts.settings, parts.catalogue, parts.options)


def _objects(parts: AnalyserParts) -> Analyser:
    from rushes.analysis.objects.analyser import make_objects_analyser

    return make_objects_analyser(parts.settings, parts.catalogue, parts.options)


def _faces(parts: AnalyserParts) -> Analyser:
    from rushes.analysis.faces.analyser import make_faces_analyser

    return make_faces_analyser(parts.settings, parts.catalogue, parts.options)


def _places(parts: AnalyserParts) -> Analyser:
    from rushes.analysis.places.analyser import make_places_analyser

    return make_places_analyser(parts.settings, parts.catalogue, parts.options)


def _ocr(parts: AnalyserParts) -> Analyser:
    from rushes.analysis.ocr.analyser import make_ocr_analyser

    return make_ocr_analyser(parts.settings, parts.catalogue, parts.options)


def _frame_embeddings(parts: AnalyserParts) -> Analyser:
    from rushes.analysis.embeddings.frame_analyser import make_frame_embeddings_analyser

    return make_frame_embeddings_analyser(
        parts.settings, parts.catalogue, parts.options, parts.vectors
    )


def _text_embeddings(parts: AnalyserParts) -> Analyser:
    from rushes.analysis.embeddings.text_analyser import make_text_embeddings_analyser

    return make_text_embeddings_analyser(
        parts.settings, parts.catalogue, parts.options, parts.vectors
    )


SOURCE_VIDEO: Final = "source_video"
MEDIA_PASS: Final = "media_pass"  # noqa: S105
FACES: Final = "faces"

STAGES: Final[tuple[StageDefinition, ...]] = (
    StageDefinition(SOURCE_VIDEO, (), _source_video, reads_media=False),
    StageDefinition(MEDIA_PASS, (SOURCE_VIDEO,), None),
    StageDefinition("scenes", (MEDIA_PASS,), _scenes),
    StageDefinition("transcript", (MEDIA_PASS,), _transcript),
    StageDefinition("objects", (MEDIA_PASS,), _objects),
    StageDefinition(FACES, (MEDIA_PASS,), _faces),
    StageDefinition("places", (MEDIA_PASS,), _places),
    StageDefinition("ocr", (MEDIA_PASS,), _ocr),
    StageDefinition("frame_embeddings", (MEDIA_PASS,), _frame_embeddings),
    StageDefinition(
        "text_embeddings",
        ("scenes", "transcript", "ocr"),
        _text_embeddings,
        reads_media=False,
        rests_on=("scenes", "transcript", "ocr"),
    ),
)

STAGE_NAMES: Final = tuple(stage.name for stage in STAGES)


def with_needed(names: Collection[str]) -> tuple[str, ...]:
    """Those stages and all that they read, media and artifacts, in the pipeline's order."""
    wanted = set(names)
    for stage in reversed(STAGES):
        if stage.name in wanted:
            wanted.update(stage.rests_on)
            wanted.update((SOURCE_VIDEO, MEDIA_PASS) if stage.reads_media else ())
    return tuple(name for name in STAGE_NAMES if name in wanted)


def with_descendants(names: Collection[str]) -> tuple[str, ...]:
    """Those stages and all that rest on them, in the pipeline's order."""
    wanted = set(names)
    for stage in STAGES:  # parents stand before their children
        if wanted.intersection(stage.parents):
            wanted.add(stage.name)
    return tuple(name for name in STAGE_NAMES if name in wanted)
