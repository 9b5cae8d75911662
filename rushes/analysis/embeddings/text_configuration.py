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
from rushes.analysis.embeddings.remote.options import RemoteOptions
from rushes.analysis.embeddings.remote.titan import titan_problem, titan_version
from rushes.analysis.protocol import StageConfiguration
from rushes.artifacts.vocabulary import EmbeddingKind
from rushes.errors import ConfigurationError
from rushes.models.choice import ChosenWeights
from rushes.models.entry import ModelKind
from rushes.vectors.space import EmbeddingSpace

_STAGE = "text_embeddings"
_ELSEWHERE = ("models", "model_settings", "remote")
"""Keys of the stage that are no settings of the configuration."""


class TextModelSettings(BaseModel):
    """One text model.

    `static` means the average of a table's rows (a .safetensors file), `onnx` a graph whose token
    vectors are pooled (`none`: it gives one vector a text), `bedrock` the service that runs it.
    `limit` is the most tokens that it reads, start and end included; `prefix` stands before what
    is indexed, `query_prefix` before what is asked.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    backend: Literal["static", "onnx", "bedrock"]
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
    rest = {key: value for key, value in options.items() if key not in _ELSEWHERE}
    try:
        settings = TextModelSettings.model_validate(row)
        _require_fitting(settings, chosen)
        return TextEmbeddingsConfiguration(
            model=chosen.identity,
            model_version=_version(chosen, settings),
            settings=settings,
            **rest,
        )
    except ValidationError as error:
        raise profile_error(_STAGE, chosen, error) from error


def remote_options(options: Mapping[str, Any], chosen: ChosenWeights) -> RemoteOptions:
    """The stage's section `remote`. ConfigurationError names the key."""
    try:
        return RemoteOptions.model_validate(options.get("remote", {}))
    except ValidationError as error:
        raise profile_error(f"{_STAGE}.remote", chosen, error) from error


def _require_fitting(settings: TextModelSettings, chosen: ChosenWeights) -> None:
    """ConfigurationError where the backend is not the model's, or cannot do what the row says."""
    is_remote = settings.backend == "bedrock"
    problem = None
    if is_remote != (chosen.entry.kind is ModelKind.REMOTE):
        problem = f"the backend {settings.backend} is not that of this model"
    elif is_remote:
        problem = titan_problem(settings.dimension, settings.limit)
    if problem is not None:
        raise ConfigurationError(
            f"{_STAGE}, settings of {chosen.identity}: {problem}",
            code="profiles_file",
            remedy="mend it in the file that RUSHES_PROFILES_FILE names",
        )


def _version(chosen: ChosenWeights, settings: TextModelSettings) -> str:
    if settings.backend == "bedrock":
        return titan_version(chosen.identity, settings.model_dump(mode="json"))
    return version_of(chosen, settings, settings.tokenizer)
