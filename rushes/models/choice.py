"""Which of several weights a stage uses: the first of its list that is here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rushes.errors import AnalysisError
from rushes.models.catalogue import Catalogue
from rushes.models.entry import ModelEntry


@dataclass(frozen=True, slots=True)
class ChosenWeights:
    """Weights and where they lie. `note` says what they stand in for; None where they are first."""

    entry: ModelEntry
    path: Path
    note: str | None


def resolve(
    catalogue: Catalogue, names: Sequence[str], *, language: str | None = None
) -> ChosenWeights:
    """The first of `names` that is on this machine and knows `language` (None: any may occur).

    AnalysisError `model_unavailable` names the command that mends it; NotFoundError
    `unknown_model` where the catalogue has no such row.
    """
    able = [name for name in names if catalogue.entry(name).speaks(language)]
    for name in able:
        path = catalogue.locate(name)
        if path is not None:
            entry = catalogue.entry(name)
            return ChosenWeights(entry, path, _note(entry, names[0]))
    if not able:
        raise AnalysisError(
            f"none of {', '.join(names)} knows the language {language!r}",
            code="model_unavailable",
            remedy="name a multilingual model in the profile",
        )
    raise AnalysisError(
        f"none of the stage's model weights are here: {', '.join(able)}",
        code="model_unavailable",
        remedy=f"rushes models fetch {able[0]}",
    )


def _note(entry: ModelEntry, wanted: str) -> str | None:
    if entry.name == wanted:
        return None
    if entry.languages == "en":
        return (
            f"{entry.name} (English only) in place of {wanted}; "
            f"for other languages: rushes models fetch {wanted}"
        )
    return f"{entry.name} in place of {wanted}; to get it: rushes models fetch {wanted}"
