"""Settings of the ocr stage: whatever changes what is read, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, field_validator

from rushes.analysis.profile_rows import configured
from rushes.analysis.protocol import StageConfiguration

UNKNOWN_LANGUAGE = "auto"


class OcrConfiguration(StageConfiguration):
    """Which sampled frames are read, by what, and how lines are merged into spans.

    Sizes are pixels of the picture's long side. The gate's own detector looks at each sampled
    frame in small and decides whether the reader, which is five to a hundred times dearer, has to.
    """

    backend: Literal["rapidocr", "easyocr"] = "rapidocr"
    model: str = Field(min_length=1, description="identity of the reader's weights")
    language: str | None = Field(
        default=None, pattern=r"^[a-z]{2,3}$", description="ISO 639 code of the text; None: unknown"
    )
    languages: tuple[str, ...] = Field(
        default=("en",), min_length=1, description="EasyOCR's codes of what may be read"
    )
    reading_side: int = Field(
        default=960, ge=320, le=4096, description="where lines are looked for"
    )
    box_threshold: float = Field(default=0.5, ge=0, le=1, description="text probability of a line")
    word_gap: float = Field(
        default=1.0, gt=0, le=5, description="EasyOCR: widest gap between words, in line heights"
    )
    line_margin: float = Field(
        default=0.15, ge=0, le=1, description="EasyOCR: what is read around a line, in its heights"
    )
    min_confidence: float = Field(default=0.6, ge=0, le=1, description="lines below are dropped")

    gate: bool = Field(default=True, description="False: every sampled frame is read")
    gate_model: str | None = Field(default=None, description="weights of the gate's detector")
    gate_side: int = Field(default=512, ge=160, le=2048, description="what the gate looks at")
    gate_threshold: float = Field(default=0.25, gt=0, lt=1, description="text probability")
    gate_score: float = Field(
        default=0.6, ge=0, le=1, description="mean text probability of a region of text"
    )
    gate_likeness: float = Field(
        default=0.6, gt=0, le=1, description="correlation of strokes that still stand, any letter"
    )
    gate_refresh_seconds: float = Field(
        default=15, gt=0, description="text that stands unchanged is read again after this"
    )
    gate_moving_seconds: float = Field(
        default=3, ge=0, description="longest time between two reads of text that scrolls slowly"
    )

    merge_similarity: float = Field(default=0.8, gt=0, le=1, description="normalised Levenshtein")
    merge_overlap: float = Field(default=0.3, ge=0, le=1, description="intersection over union")
    merge_distance: float = Field(
        default=0.75, ge=0, description="or centres this close, in heights of the line"
    )
    merge_moved_distance: float = Field(
        default=0.5, ge=0, le=2, description="how far a line moves between reads, in frame heights"
    )
    bridge_frames: int = Field(default=1, ge=0, description="sampled frames a line may be missed")

    @field_validator("language", mode="before")
    @classmethod
    def _unknown_is_none(cls, value: object) -> object:
        return None if value == UNKNOWN_LANGUAGE else value


def configuration_of(
    options: Mapping[str, Any], model: str, gate_model: str | None
) -> OcrConfiguration:
    """The configuration that a row of the profile table means. ConfigurationError names the key."""
    settings = {key: value for key, value in options.items() if key not in _WEIGHTS}
    chosen = {"model": model, "gate_model": gate_model}
    return configured(OcrConfiguration, "ocr", {**settings, **chosen})


_WEIGHTS = ("models", "gate_models")
