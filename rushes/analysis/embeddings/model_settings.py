"""What a profile says of one model of a stage, and the version that its vectors carry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from rushes.artifacts.hashing import sha256_of
from rushes.errors import ConfigurationError
from rushes.models.choice import ChosenWeights
from rushes.models.entry import ModelKind, sha256_of_file

_VERSION_DIGITS: Final = 12


def settings_of_model(
    options: Mapping[str, Any], chosen: ChosenWeights, stage: str
) -> Mapping[str, Any]:
    """The row `model_settings.NAME` of a stage; an own file is named there by its stem.

    ConfigurationError `profiles_file` where there is none.
    """
    rows: Mapping[str, Any] = options.get("model_settings", {})
    stem = chosen.identity.partition("@")[0]
    for name in (chosen.identity, stem):
        if name in rows:
            row: Mapping[str, Any] = rows[name]
            return row
    raise ConfigurationError(
        f"the profile does not say how {stage} reads the model {stem}",
        code="profiles_file",
        remedy=f'add [all.{stage}.model_settings."{stem}"] to the file that RUSHES_PROFILES_FILE '
        "names, on the pattern of those in rushes/analysis/profiles.toml",
    )


def version_of(chosen: ChosenWeights, settings: BaseModel, *beside: str) -> str:
    """Short hash over all that changes a vector: the weights' files and how they are read.

    `beside` names files that lie next to a person's own model and belong to it, its tokenizer.
    """
    entry = chosen.entry
    files = [(each.name, each.sha256) for each in entry.files]
    if entry.kind is ModelKind.FILE:
        paths = [chosen.path / name for name in beside]
        files += [(path.name, sha256_of_file(path)) for path in paths if path.is_file()]
    weights = {"revision": entry.revision, "files": files}
    what = {"weights": weights, "settings": settings.model_dump(mode="json")}
    return sha256_of(what)[:_VERSION_DIGITS]


def profile_error(stage: str, chosen: ChosenWeights, error: ValidationError) -> ConfigurationError:
    """What pydantic found, as an error that names the key of the profile table."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return ConfigurationError(
        f"{stage}, settings of {chosen.identity}, {place or 'as a whole'}: {first['msg']}",
        code="profiles_file",
        remedy="mend it in the file that RUSHES_PROFILES_FILE names",
    )
