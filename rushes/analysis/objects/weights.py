"""Which backend runs the weights that are here, and from which file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rushes.analysis.objects.configuration import Backend
from rushes.analysis.objects.ultralytics_detector import EXTRA, is_installed
from rushes.analysis.profile_rows import bad_value
from rushes.errors import AnalysisError
from rushes.models.catalogue import Catalogue
from rushes.models.choice import ChosenWeights, resolve
from rushes.models.extras import remedy_of_extra, require_extra
from rushes.models.own_file import names_a_file

AUTOMATIC: Final = "auto"

_SUFFIXES: Final[Mapping[Backend, tuple[str, ...]]] = {
    "onnx": (".onnx",),
    "ultralytics": (".pt", ".onnx"),
}

_STAND_INS: Final[Mapping[str, str]] = {
    "shapes": "shapes knows only circles, squares and triangles"
}
"""Our own demonstration weights, which let a fresh machine go through the stage."""


@dataclass(frozen=True, slots=True)
class BackendFile:
    """A backend and the file of weights that it loads."""

    backend: Backend
    path: Path


def choose_weights(
    catalogue: Catalogue,
    names: Sequence[str],
    wanted: str,
    installed: Callable[[], bool] = is_installed,
) -> ChosenWeights:
    """The first of `names` that is here and that can be run, as `rushes.models.choice.resolve`.

    Without ultralytics, `auto` passes over what only ultralytics runs, so that the way out that
    is told is one that leads out. But what a person has fetched is never replaced by our
    demonstration weights: it is chosen, and `choose_backend` says what it lacks.
    """
    if wanted != AUTOMATIC or installed():
        return resolve(catalogue, names)
    runnable = [name for name in names if _has_onnx(catalogue, name)]
    if not runnable:
        return resolve(catalogue, names)
    others = [name for name in names if name not in runnable]
    chosen = _here(catalogue, runnable)
    if others and (chosen is None or chosen.entry.name in _STAND_INS):
        chosen = _here(catalogue, others) or chosen
    return chosen or resolve(catalogue, runnable)


def choose_backend(
    weights: ChosenWeights, wanted: str, installed: Callable[[], bool] = is_installed
) -> BackendFile:
    """The backend of the profile, or for `auto` the one that the weights allow.

    AnalysisError `extra_missing` where ultralytics is wanted and not here, and
    `model_unavailable` where the weights are for another backend, or for ultralytics and it is
    not `installed`.
    """
    if wanted == AUTOMATIC:
        return _automatic(weights, installed)
    if wanted == "ultralytics":
        require_extra(EXTRA, "ultralytics")
        return BackendFile("ultralytics", _first_file(weights, _SUFFIXES["ultralytics"]))
    if wanted == "onnx":
        return BackendFile("onnx", _first_file(weights, _SUFFIXES["onnx"]))
    raise bad_value(
        "objects", "backend", f"{wanted!r} is none of {AUTOMATIC}, {', '.join(_SUFFIXES)}"
    )


def weights_note(weights: ChosenWeights) -> str | None:
    """What the weights stand in for, and for our demonstration weights how little they know."""
    if weights.note is None:
        return None
    knows = _STAND_INS.get(weights.entry.name)
    return f"{knows}: {weights.note}" if knows else weights.note


def _has_onnx(catalogue: Catalogue, name: str) -> bool:
    files = [name] if names_a_file(name) else [f.name for f in catalogue.entry(name).files]
    return any(file.lower().endswith(".onnx") for file in files)


def _here(catalogue: Catalogue, names: Sequence[str]) -> ChosenWeights | None:
    try:
        return resolve(catalogue, names)
    except AnalysisError:
        return None


def _automatic(weights: ChosenWeights, installed: Callable[[], bool]) -> BackendFile:
    path = _first_file(weights, (".onnx", ".pt"))
    if path.suffix.lower() == ".onnx":
        return BackendFile("onnx", path)
    if installed():
        return BackendFile("ultralytics", path)
    raise AnalysisError(
        f"{path.name} needs ultralytics, which is not installed",
        code="model_unavailable",
        remedy=f"{remedy_of_extra(EXTRA)}; or name an ONNX model in the profile, without torch",
    )


def _first_file(weights: ChosenWeights, suffixes: tuple[str, ...]) -> Path:
    """The file of the first suffix that the weights have; the last suffix's error if none."""
    for suffix in suffixes[:-1]:
        try:
            return weights.file(suffix)
        except AnalysisError:
            continue
    return weights.file(suffixes[-1])
