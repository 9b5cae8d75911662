"""Which of several weights a stage uses: the first of its list that is here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rushes.errors import AnalysisError, ConfigurationError
from rushes.models.catalogue import Catalogue
from rushes.models.entry import ModelEntry
from rushes.models.own_file import entry_of_file, names_a_file, place_of
from rushes.models.remote import REMOTE_MODELS, is_callable, remedy_of_remote


@dataclass(frozen=True, slots=True)
class ChosenWeights:
    """Weights and the folder of their files; a remote model has no files.

    `note` says what they stand in for; None where they are the first choice.
    """

    entry: ModelEntry
    path: Path
    note: str | None

    @property
    def identity(self) -> str:
        """What a configuration knows them by: the catalogue's name, or `stem@sha256[:12]`."""
        return self.entry.name

    def file(self, suffix: str) -> Path:
        """The first file whose name ends in `suffix`. AnalysisError `model_unavailable` if none."""
        for file in self.entry.files:
            if file.name.lower().endswith(suffix.lower()):
                return self.path / file.name
        names = ", ".join(file.name for file in self.entry.files)
        raise AnalysisError(
            f"the model {self.identity} has no file {suffix}, only {names}",
            code="model_unavailable",
            remedy="name another model or another backend in the profile",
        )


def resolve(
    catalogue: Catalogue, names: Sequence[str], *, language: str | None = None
) -> ChosenWeights:
    """The first of `names` that is on this machine and knows `language` (None: any may occur).

    A name with a separator or a suffix such as `.onnx` is the path of a file; a relative one
    begins at the folder of fetched weights. A remote model counts as here where it may be called.

    AnalysisError `model_unavailable` names the command that mends it; NotFoundError
    `unknown_model` where the catalogue has no such row.
    """
    if not names:
        raise ConfigurationError(
            "the profile names no model for this stage",
            code="profiles_file",
            remedy="name one in `models`, or leave the key out",
        )
    able = [n for n in names if names_a_file(n) or _entry(catalogue, n).speaks(language)]
    for name in able:
        chosen = _find(catalogue, name, names[0])
        if chosen is not None:
            return chosen
    if not able:
        raise AnalysisError(
            f"none of {', '.join(names)} knows the language {language!r}",
            code="model_unavailable",
            remedy="name a multilingual model in the profile",
        )
    raise AnalysisError(
        "none of the stage's model weights are here: "
        + ", ".join(_in_full(catalogue, name) for name in able),
        code="model_unavailable",
        remedy=_remedy(catalogue, able[0]),
    )


def _entry(catalogue: Catalogue, name: str) -> ModelEntry:
    return REMOTE_MODELS.get(name) or catalogue.entry(name)


def _find(catalogue: Catalogue, name: str, wanted: str) -> ChosenWeights | None:
    remote = REMOTE_MODELS.get(name)
    if remote is not None:
        if not is_callable(remote, offline=catalogue.offline):
            return None
        return ChosenWeights(remote, catalogue.root, _note(catalogue, remote, name, wanted))
    if names_a_file(name):
        path = place_of(name, catalogue.root)
        own = entry_of_file(path)
        if own is None:
            return None
        return ChosenWeights(own, path.parent, _note(catalogue, own, name, wanted))
    folder = catalogue.locate(name)
    if folder is None:
        return None
    entry = catalogue.entry(name)
    return ChosenWeights(entry, folder, _note(catalogue, entry, name, wanted))


def _note(catalogue: Catalogue, entry: ModelEntry, name: str, wanted: str) -> str | None:
    if name == wanted:
        return None
    remedy = _remedy(catalogue, wanted)
    if entry.languages == "en":
        return f"{name} (English only) in place of {wanted}; for other languages: {remedy}"
    return f"{name} in place of {wanted}; to get it: {remedy}"


def _remedy(catalogue: Catalogue, name: str) -> str:
    if names_a_file(name):
        return f"put the file there, or name another: {_in_full(catalogue, name)}"
    if name in REMOTE_MODELS:
        return remedy_of_remote(REMOTE_MODELS[name], offline=catalogue.offline)
    return catalogue.entry(name).remedy


def _in_full(catalogue: Catalogue, name: str) -> str:
    return str(place_of(name, catalogue.root)) if names_a_file(name) else name
