"""Settings of the transcript stage: whatever changes what is heard, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, field_validator

from rushes.analysis.profile_rows import configured
from rushes.analysis.protocol import StageConfiguration
from rushes.analysis.spoken_words import Rejection

AUTOMATIC = "auto"


class TranscriptConfiguration(StageConfiguration):
    """How speech is found, cut, heard and written down.

    Decoding is always at temperature 0, without Whisper's fallback to sampling: the same sound
    gives the same text. What the fallback would try again is left out by the limits instead.
    """

    backend: Literal["faster-whisper"] = "faster-whisper"
    model: str = Field(min_length=1, description="name of the weights in the model catalogue")
    compute_type: str = Field(default="int8", description="CTranslate2's type of computation")
    language: str | None = Field(
        default=None, pattern=r"^[a-z]{2,3}$", description="ISO 639 code; None: heard in each clip"
    )
    beam_size: int = Field(default=5, ge=1, le=20)
    batch_size: int = Field(default=4, ge=1, le=64, description="clips decoded together")
    window_seconds: float = Field(default=300, ge=10, le=3600, description="unit of resumption")
    window_search_seconds: float = Field(default=60, gt=0, description="where a cut is looked for")
    clip_seconds: float = Field(default=28, ge=5, le=30, description="longest clip; 30 s is heard")
    clip_gap_ms: int = Field(default=2000, ge=0, description="shorter silences stay in a clip")
    speech_threshold: float = Field(default=0.5, gt=0, lt=1, description="Silero's probability")
    speech_silence_ms: int = Field(default=500, ge=100, description="silence that ends speech")
    speech_pad_ms: int = Field(default=400, ge=0, le=1000, description="kept around speech")
    segment_seconds: float = Field(default=15, ge=2, description="longest artifact")
    pause_ms: int = Field(default=1500, ge=100, description="pause that ends an artifact")
    language_probability_limit: float = Field(default=0.5, ge=0, le=1)
    no_speech_limit: float = Field(default=0.6, ge=0, le=1)
    log_probability_limit: float = Field(default=-1.0, le=0)
    compression_ratio_limit: float = Field(default=2.4, gt=1)

    @field_validator("language", mode="before")
    @classmethod
    def _automatic_is_none(cls, value: object) -> object:
        return None if value == AUTOMATIC else value

    @property
    def rejection(self) -> Rejection:
        """What text is not believed."""
        return Rejection(
            self.no_speech_limit, self.log_probability_limit, self.compression_ratio_limit
        )


def configuration_of(options: Mapping[str, Any], model: str) -> TranscriptConfiguration:
    """The configuration that a row of the profile table means. ConfigurationError names the key."""
    settings = {key: value for key, value in options.items() if key != "models"}
    return configured(TranscriptConfiguration, "transcript", {**settings, "model": model})
