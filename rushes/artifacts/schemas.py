"""Payloads of artifacts, version 1. Confidence is always 0..1.

Boxes and polygons are pixels of the analysed frame, whose width and height stand beside them.
A changed shape is a new version under the same type; old versions stay readable.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Confidence = Annotated[float, Field(ge=0.0, le=1.0, description="0..1")]
LARGEST_INDEX = 2**31 - 1
LARGEST_MS = 2**63 - 1

Milliseconds = Annotated[
    int, Field(ge=0, le=LARGEST_MS, description="ms from the first video frame")
]
Pixels = Annotated[float, Field(description="pixels of the analysed frame")]
FrameNumber = Annotated[int, Field(ge=0, description="frames from the first video frame")]


class Payload(BaseModel):
    """What all payloads share: frozen, no unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Word(Payload):
    """One spoken word."""

    text: str = Field(min_length=1)
    start_ms: Milliseconds
    end_ms: Milliseconds
    confidence: Confidence


class TranscriptSegmentV1(Payload):
    """A stretch of speech."""

    text: str = Field(min_length=1)
    language: str = Field(min_length=1, description="ISO 639-1 code, `und` where unknown")
    confidence: Confidence = Field(description="exp of the mean log-probability, 0..1")
    speaker: str | None = None
    words: tuple[Word, ...] = ()
    no_speech_probability: Confidence


class SceneV1(Payload):
    """A stretch of film between two cuts."""

    scene_index: int = Field(
        ge=0, le=LARGEST_INDEX, description="0 for the film's first scene; a Postgres integer"
    )
    method: str = Field(min_length=1, description="detector that found its first frame")
    score: float | None = Field(description="the detector's score at the cut; null at the start")
    start_frame: FrameNumber
    end_frame: int = Field(gt=0, description="first frame that is no longer in the scene")
    keyframe_ms: Milliseconds


class BoundingBox(Payload):
    """A rectangle, its origin at the upper left."""

    x: Pixels
    y: Pixels
    width: float = Field(gt=0, description="pixels of the analysed frame")
    height: float = Field(gt=0, description="pixels of the analysed frame")


class Point(Payload):
    """A place in the analysed frame."""

    x: Pixels
    y: Pixels


class _OnFrame(Payload):
    frame_width: int = Field(gt=0, description="pixels")
    frame_height: int = Field(gt=0, description="pixels")


class ObjectDetectionV1(_OnFrame):
    """One thing in one sampled frame."""

    label: str = Field(min_length=1)
    confidence: Confidence
    bounding_box: BoundingBox
    frame_number: FrameNumber


class FaceDetectionV1(_OnFrame):
    """One face in one sampled frame; whose it is stands in the people log."""

    confidence: Confidence
    bounding_box: BoundingBox
    frame_number: FrameNumber
    landmarks: tuple[Point, ...] = Field(description="eyes, nose, corners of the mouth")
    quality: Confidence
    embedding_id: str | None = None


class AlternativeLabel(Payload):
    """A label that came after the first."""

    label: str = Field(min_length=1)
    confidence: Confidence


class PlaceClassificationV1(Payload):
    """Where a sampled frame plays."""

    label: str = Field(min_length=1)
    confidence: Confidence
    alternative_labels: tuple[AlternativeLabel, ...] = ()
    frame_number: FrameNumber


class OcrTextV1(_OnFrame):
    """A line of text on screen."""

    text: str = Field(min_length=1)
    confidence: Confidence
    polygon: tuple[Point, ...] = Field(min_length=3)
    language: str | None = None
    first_frame_number: FrameNumber
    last_frame_number: FrameNumber


class FrameEmbeddingV1(Payload):
    """One sampled frame as a vector; the vector itself lies in `embeddings`."""

    frame_number: FrameNumber
    model: str = Field(min_length=1)
    dimension: int = Field(gt=0)
    embedding_id: str | None = None


class TextEmbeddingV1(Payload):
    """A window of what was said or written in one scene, as a vector in `embeddings`."""

    source: Literal["transcript", "ocr"]
    text: str = Field(min_length=1, description="exactly what the model read")
    scene_index: int | None = Field(ge=0, le=LARGEST_INDEX, description="null without scenes")
    model: str = Field(min_length=1)
    dimension: int = Field(gt=0)
    embedding_id: str | None = None


class AudioTrackInfo(Payload):
    """One sound track of the container."""

    index: int = Field(ge=0, description="position among the container's streams")
    codec: str
    channels: int = Field(ge=0)
    sample_rate: int = Field(ge=0, description="Hz")
    language: str | None = None


class VideoMetadataV1(Payload):
    """Facts of the container. What the file does not tell is absent."""

    width: int = Field(gt=0, description="pixels, before rotation")
    height: int = Field(gt=0, description="pixels, before rotation")
    rotation: int = Field(description="degrees clockwise to show the picture upright")
    frame_rate_numerator: int = Field(gt=0, description="frames per second, as a fraction")
    frame_rate_denominator: int = Field(gt=0)
    variable_frame_rate: bool
    codec: str
    container: str
    duration_ms: int = Field(gt=0, description="ms")
    start_timecode: str | None = None
    drop_frame: bool = False
    audio_tracks: tuple[AudioTrackInfo, ...] = ()
    capture_time: datetime | None = None
    camera_make: str | None = None
    camera_model: str | None = None
    latitude: float | None = Field(default=None, ge=-90, le=90, description="degrees")
    longitude: float | None = Field(default=None, ge=-180, le=180, description="degrees")
    altitude: float | None = Field(default=None, description="metres")
