"""Settings of the frame embeddings: the model and how it sees a picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rushes.analysis.embeddings.image_preprocessing import ImagePreprocessing
from rushes.analysis.embeddings.model_settings import (
    profile_error,
    settings_of_model,
    version_of,
)
from rushes.analysis.protocol import StageConfiguration
from rushes.artifacts.vocabulary import EmbeddingKind
from rushes.models.choice import ChosenWeights
from rushes.vectors.space import EmbeddingSpace


class TextTower(BaseModel):
    """The half of a CLIP model that reads queries, as files among the model's own.

    `context` is the most tokens it reads, start and end included; `padding` fills shorter texts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str = Field(min_length=1)
    tokenizer: str = "tokenizer.json"
    context: int = Field(default=77, ge=3)
    padding: str = "<|endoftext|>"
    output: str | None = None


class ImageModelSettings(BaseModel):
    """One image model: `backend` says how its weights are opened.

    `efficientnet-lite0` builds the graph from PyTorch weights; `onnx` opens a graph; `clip` opens
    one whose vectors share a space with those of a text tower. `file` (default: the model's first
    .onnx) and `output` (default: the graph's first) name what is used of it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    backend: Literal["efficientnet-lite0", "onnx", "clip"]
    dimension: int = Field(ge=1, le=16_384)
    preprocessing: ImagePreprocessing
    file: str | None = None
    output: str | None = None
    text: TextTower | None = None


class FrameEmbeddingsConfiguration(StageConfiguration):
    """Which model embeds the sampled frames; all of them, each seen as `settings` say."""

    model: str = Field(min_length=1)
    model_version: str = Field(min_length=1, description="of weights and preprocessing")
    settings: ImageModelSettings

    @property
    def space(self) -> EmbeddingSpace:
        """What its vectors may be compared with."""
        dimension = self.settings.dimension
        return EmbeddingSpace(EmbeddingKind.IMAGE, self.model, self.model_version, dimension)


def frame_configuration(
    options: Mapping[str, Any], chosen: ChosenWeights
) -> FrameEmbeddingsConfiguration:
    """The configuration a row of the profile table means. ConfigurationError names the key."""
    row = settings_of_model(options, chosen, "frame_embeddings")
    try:
        settings = ImageModelSettings.model_validate(row)
        tower = settings.text
        beside = (tower.file, tower.tokenizer) if tower else ()
        version = version_of(chosen, settings, *beside)
        return FrameEmbeddingsConfiguration(
            model=chosen.identity, model_version=version, settings=settings
        )
    except ValidationError as error:
        raise profile_error("frame_embeddings", chosen, error) from error
