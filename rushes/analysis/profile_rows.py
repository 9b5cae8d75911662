"""A row of the profile table as a stage's configuration, and what is wrong with one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from rushes.analysis.protocol import StageConfiguration
from rushes.errors import ConfigurationError

Configuration = TypeVar("Configuration", bound=StageConfiguration)


def configured(model: type[Configuration], stage: str, values: Mapping[str, Any]) -> Configuration:
    """The configuration that these values mean. ConfigurationError names the stage and the key."""
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise bad_value(stage, place, first["msg"]) from error


def bad_value(stage: str, key: str, what: str) -> ConfigurationError:
    """A value of the stage's row that cannot be used."""
    return ConfigurationError(
        f"{stage}.{key} of the profile: {what}",
        code="profiles_file",
        remedy="mend it in the file that RUSHES_PROFILES_FILE names",
    )
