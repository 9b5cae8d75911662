"""The one vocabulary of artifacts: their types, the stage that makes each, profiles and origins."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class ArtifactType(StrEnum):
    """What kind of thing an artifact states about a film."""

    VIDEO_METADATA = "video.metadata"
    SCENE = "scene"
    TRANSCRIPT_SEGMENT = "transcript.segment"
    OBJECT_DETECTION = "object.detection"
    FACE_DETECTION = "face.detection"
    PLACE_CLASSIFICATION = "place.classification"
    OCR_TEXT = "ocr.text"
    FRAME_EMBEDDING = "frame.embedding"
    TEXT_EMBEDDING = "text.embedding"


class EmbeddingKind(StrEnum):
    """What a vector stands for; vectors of different kinds are never compared."""

    TEXT = "text"
    IMAGE = "image"
    FACE = "face"


class ModelProfile(StrEnum):
    """Strength tier of a model; NONE for what no model made."""

    FAST = "fast"
    BALANCED = "balanced"
    HIGH_QUALITY = "high_quality"
    NONE = "none"


class Origin(StrEnum):
    """Where a run's results come from."""

    ANALYSED = "analysed"
    IMPORTED = "imported"
    HUMAN = "human"


STAGE_OF_TYPE: Final[dict[ArtifactType, str]] = {
    ArtifactType.VIDEO_METADATA: "source_video",
    ArtifactType.SCENE: "scenes",
    ArtifactType.TRANSCRIPT_SEGMENT: "transcript",
    ArtifactType.OBJECT_DETECTION: "objects",
    ArtifactType.FACE_DETECTION: "faces",
    ArtifactType.PLACE_CLASSIFICATION: "places",
    ArtifactType.OCR_TEXT: "ocr",
    ArtifactType.FRAME_EMBEDDING: "frame_embeddings",
    ArtifactType.TEXT_EMBEDDING: "text_embeddings",
}
"""A run belongs to a stage, so "the runs of a type" are the runs of its stage, empty ones too."""
