"""Settings of the text embeddings: the model, how it reads a text, and how texts are cut."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rushes.analysis.embeddings.model_settings import (
    profile_error,
    settings_of_model,
    version_of,
)
from rushes.analysis.protocol import StageConfiguration
from rushes.artifacts.vocabulary import EmbeddingKind
from rushes.models.choice import ChosenWeights
from rushes.vectors.space import EmbeddingSpace

_STAGE = "text_embeddings"


class TextModelSettings(BaseModel):
    """One text model.

    `static` means the average of a table's rows (a .safetensors file), `onnx` a graph whose token
    vectors are pooled (`none`: it gives one vector a text). `limit` is the most tokens that it
    reads, start and end included; `prefix` stands before what is indexed, `query_prefix` before
    what is asked.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    backend: Literal["static", "onnx"]
    dimension: int = Field(ge=1, le=16_384)
    limit: int = Field(ge=16, le=131_072)
    tokenizer: str = "tokenizer.json"
    file: str | None = None
    output: str | None = None
    pooling: Literal["mean", "first", "none"] = "mean"
    padding: str = "[PAD]"
    prefix: str = ""
    query_prefix: str = ""


class TextEmbeddingsConfiguration(StageConfiguration):
    """Which model embeds what windows.

    A sentence that reaches into the next scene by less than `least_overlap_ms` is not its text.
    """

    model: str = Field(min_length=1)
    model_version: str = Field(min_length=1, description="of weights and reading")
    settings: TextModelSettings
    window_tokens: int = Field(default=128, ge=16, description="longest window, model's tokens")
    least_overlap_ms: int = Field(default=300, ge=0)

    @property
    def space(self) -> EmbeddingSpace:
        """What its vectors may be compared with."""
        dimension = self.settings.dimension
        return EmbeddingSpace(EmbeddingKind.TEXT, self.model, self.model_version, dimension)


def text_configuration(
    options: Mapping[str, Any], chosen: ChosenWeights
) -> TextEmbeddingsConfiguration:
    """The configuration a row of the profile table means. ConfigurationError names the key."""
    row = settings_of_model(options, chosen, _STAGE)
    rest = {key: value for key, value in options.items() if key not in ("models", "model_settings")}
    try:
        settings = TextModelSettings.model_validate(row)
        return TextEmbeddingsConfiguration(
            model=chosen.identity,
            model_version=version_of(chosen, settings, settings.tokenizer),
            settings=settings,
            **rest,
        )
    except ValidationError as error:
        raise profile_error(_STAGE, chosen, error) from error
