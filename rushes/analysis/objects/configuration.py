"""Settings of the objects stage: whatever changes what is detected, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from rushes.analysis.profile_rows import configured
from rushes.analysis.protocol import StageConfiguration

Backend = Literal["onnx", "ultralytics"]

NOT_IN_THE_RESULT = frozenset({"models", "batch_size"})
"""Keys of the profile's row that choose the weights or the speed: no part of a configuration."""


class ObjectsConfiguration(StageConfiguration):
    """Which model looks at which frames, and what of its output counts.

    The defaults of the thresholds are those of `ultralytics predict`.
    """

    backend: Backend = Field(description="what runs the weights")
    model: str = Field(min_length=1, description="name of the weights, or stem@hash of a file")
    names_file: str | None = Field(
        default=None, description="sha256[:12] of the file of class names beside the weights"
    )
    confidence: float = Field(default=0.25, gt=0, lt=1, description="lowest score that counts")
    iou: float = Field(
        default=0.7, gt=0, le=1, description="overlap above which boxes of a class are one thing"
    )
    max_detections: int = Field(default=300, ge=1, le=3000, description="of one frame")
    image_size: int = Field(
        default=0, ge=0, le=4096, description="longest side the model sees, pixels; 0: its own"
    )
    every_nth_frame: int = Field(default=1, ge=1, le=3600, description="of the sampled frames")
    labels: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        default=(), description="which labels become artifacts; empty: all"
    )


def configuration_of(
    options: Mapping[str, Any], backend: Backend, model: str, names_file: str | None = None
) -> ObjectsConfiguration:
    """The configuration that a row of the profile table means. ConfigurationError names the key."""
    settings = {key: value for key, value in options.items() if key not in NOT_IN_THE_RESULT}
    chosen = {"backend": backend, "model": model, "names_file": names_file}
    return configured(ObjectsConfiguration, "objects", {**settings, **chosen})
