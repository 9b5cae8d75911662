"""What a media pass was told and what it made: `MediaPassConfig` and `MediaPassManifest`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

FORMAT_VERSION = 1
"""Raised when the files of a cache entry change their meaning; see docs/cache-format.md."""

FRAMES_FOLDER = "frames"
METRICS_FILE = "metrics.npz"
AUDIO_FILE = "audio.wav"

MetricName = Literal["content", "mean", "histogram", "hash", "edges"]


class MediaPassConfig(BaseModel):
    """Everything that decides what a media pass writes; its hash is the pass's config_hash."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sample_fps: float = Field(default=1.0, gt=0, le=60, description="Sampled frames a second.")
    long_side: int = Field(
        default=1280, ge=64, le=8192, description="Longest side of a sampled frame, pixels."
    )
    jpeg_quality: int = Field(default=85, ge=1, le=100, description="JPEG quality, 1 to 100.")
    audio_track: int = Field(
        default=0,
        ge=0,
        description="Which sound track is kept, from 0; a film without it gives its first.",
    )
    audio_sample_rate: int = Field(default=16_000, ge=8_000, le=192_000, description="Hertz.")
    metrics: tuple[MetricName, ...] = Field(
        default=("content", "mean", "histogram", "hash"),
        min_length=1,
        description="What is kept of every frame for scene detection; `edges` costs 0.7 ms each.",
    )


class SampledFrameEntry(BaseModel):
    """One sampled frame; it stands for the film from `time_ms` up to `end_ms` (exclusive)."""

    model_config = ConfigDict(frozen=True)

    file: str
    frame_number: int = Field(ge=0)
    time_ms: int = Field(ge=0)
    end_ms: int = Field(gt=0)
    width: int = Field(gt=0)
    height: int = Field(gt=0)


class AudioTrackEntry(BaseModel):
    """One sound track of the source."""

    model_config = ConfigDict(frozen=True)

    index: int
    codec: str
    channels: int
    sample_rate: int
    language: str | None = None


class AudioEntry(BaseModel):
    """The kept sound: mono 16-bit; sample 0 is the first video frame's moment."""

    model_config = ConfigDict(frozen=True)

    file: str
    track: int
    sample_rate: int
    samples: int = Field(gt=0)


class MediaPassManifest(BaseModel):
    """What one media pass made of one film. Written last: its presence makes an entry count.

    Times are milliseconds since the first video frame; `duration_ms` is the last frame's end.
    """

    model_config = ConfigDict(frozen=True)

    format_version: int = FORMAT_VERSION
    config: MediaPassConfig
    width: int
    height: int
    rotation: int
    frame_rate: str
    frame_count: int = Field(gt=0)
    duration_ms: int = Field(gt=0)
    undecodable_packets: int = 0
    audio_tracks: tuple[AudioTrackEntry, ...] = ()
    audio: AudioEntry | None = None
    frames: tuple[SampledFrameEntry, ...]
