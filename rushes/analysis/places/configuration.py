"""Settings of the places: the classifier, its labels, and which of its answers are believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rushes.analysis.embeddings.image_preprocessing import ImagePreprocessing
from rushes.analysis.embeddings.model_settings import profile_error, version_of
from rushes.analysis.protocol import StageConfiguration
from rushes.artifacts.hashing import sha256_of
from rushes.models.choice import ChosenWeights

STAGE = "places"
_SHORT_HASH = 12


class ClassifierSettings(BaseModel):
    """One classifier. `resnet18` builds the graph from PyTorch weights, `onnx` opens a graph.

    `labels` (default: the list beside the weights) and `file` (default: the first .onnx) are
    files of the model, `output` (default: the first) is the graph's. `softmax` where that gives
    logits and not probabilities.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    backend: Literal["onnx", "resnet18"]
    preprocessing: ImagePreprocessing
    labels: str | None = None
    file: str | None = None
    output: str | None = None
    softmax: bool = True


class PlacesConfiguration(StageConfiguration):
    """Which classifier sees the sampled frames, and what is kept of its answers.

    A frame whose best label is less sure than `threshold` gets none; behind it stand up to
    `top_k - 1` others of at least `alternative_threshold`.
    """

    model: str = Field(min_length=1)
    model_version: str = Field(min_length=1, description="of weights and reading")
    labels_hash: str = Field(min_length=1)
    settings: ClassifierSettings
    top_k: int = Field(default=5, ge=1, le=50)
    threshold: float = Field(default=0.25, ge=0, le=1)
    alternative_threshold: float = Field(default=0.05, ge=0, le=1)


def classifier_settings(row: Mapping[str, Any], chosen: ChosenWeights) -> ClassifierSettings:
    """A classifier's row of the profile table. ConfigurationError names the key."""
    try:
        return ClassifierSettings.model_validate(row)
    except ValidationError as error:
        raise profile_error(STAGE, chosen, error) from error


def places_configuration(
    options: Mapping[str, Any],
    chosen: ChosenWeights,
    settings: ClassifierSettings,
    labels: Sequence[str],
) -> PlacesConfiguration:
    """The configuration a row of the profile table means. ConfigurationError names the key."""
    rest = {key: value for key, value in options.items() if key not in ("models", "model_settings")}
    try:
        return PlacesConfiguration(
            model=chosen.identity,
            model_version=version_of(chosen, settings),
            labels_hash=sha256_of(list(labels))[:_SHORT_HASH],
            settings=settings,
            **rest,
        )
    except ValidationError as error:
        raise profile_error(STAGE, chosen, error) from error
