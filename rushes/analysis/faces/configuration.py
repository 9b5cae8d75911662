"""Settings of the faces stage: whatever changes what is found, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from rushes.analysis.profile_rows import configured
from rushes.analysis.protocol import StageConfiguration

Backend = Literal["yunet", "onnx", "ultralytics"]

CHOICE_OF_WEIGHTS = frozenset({"models", "embedding_models"})
"""Keys of the profile's row that choose the weights: a configuration holds what was chosen."""

Side = Annotated[int, Field(ge=64, le=2560)]


class FacesConfiguration(StageConfiguration):
    """Which faces count, and of which a vector is made.

    YuNet looks at each picture in several sizes for what may be a face (`candidate_score`), and
    then closely at each of those (see `second_look`): the mean score of the close looks has to
    reach `confidence`. For the other backends `confidence` is the model's own score.
    """

    backend: Backend = Field(default="yunet", description="what runs the detector's weights")
    model: str = Field(min_length=1, description="weights of the detector")
    recognise: bool = Field(default=True, description="false: no vector of a face is ever made")
    embedding_model: str | None = Field(
        min_length=1, description="weights that make the vectors; None where none are made"
    )
    sides: tuple[Side, ...] = Field(
        default=(160, 320, 640, 1280),
        min_length=1,
        max_length=8,
        description="longest sides in pixels at which YuNet looks; no picture is enlarged",
    )
    candidate_score: float = Field(default=0.5, gt=0, lt=1, description="worth a second look")
    confidence: float = Field(default=0.75, gt=0, lt=1, description="lowest that is a face")
    overlap: float = Field(default=0.4, gt=0, lt=1, description="IoU above which two are one face")
    min_face_pixels: int = Field(
        default=14, ge=4, le=1280, description="shorter side of the smallest box that counts"
    )
    min_embedding_quality: float = Field(
        default=0.3, ge=0, le=1, description="faces below get no vector"
    )
    max_faces: int = Field(default=300, ge=1, le=3000, description="of one frame, the surest")
    image_size: int = Field(
        default=0, ge=0, le=4096, description="side that a YOLO model sees, pixels; 0: its own"
    )

    @model_validator(mode="after")
    def _vectors_have_a_model(self) -> FacesConfiguration:
        if self.recognise != (self.embedding_model is not None):
            raise ValueError("a model for vectors is named exactly where vectors are made")
        return self


def configuration_of(
    options: Mapping[str, Any], backend: str, model: str, embedding_model: str | None
) -> FacesConfiguration:
    """The configuration that a row of the profile table means. ConfigurationError names the key."""
    settings = {key: value for key, value in options.items() if key not in CHOICE_OF_WEIGHTS}
    chosen = {"backend": backend, "model": model, "embedding_model": embedding_model}
    return configured(FacesConfiguration, "faces", {**settings, **chosen})
