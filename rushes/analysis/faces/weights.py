"""Which weights find faces and which make their vectors, and from which files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rushes.analysis.profile_rows import bad_value
from rushes.models.catalogue import Catalogue
from rushes.models.choice import ChosenWeights, resolve
from rushes.models.entry import sha256_of_file

_ONNX = ".onnx"
_HASH_DIGITS = 12
_BACKENDS = ("yunet", "onnx", "ultralytics")


@dataclass(frozen=True, slots=True)
class WeightsFile:
    """A file of weights, the name a configuration knows it by, and what it stands in for."""

    path: Path
    identity: str
    note: str | None


def detector_weights(catalogue: Catalogue, options: Mapping[str, Any]) -> WeightsFile:
    """The detector's. AnalysisError `model_unavailable`, `extra_missing` name the way out."""
    backend = options.get("backend", "yunet")
    if backend not in _BACKENDS:
        raise bad_value("faces", "backend", f"{backend!r} is none of {', '.join(_BACKENDS)}")
    weights = resolve(catalogue, options["models"])
    if backend == "yunet":
        return _file(weights, weights.file(_ONNX))
    from rushes.analysis.objects.weights import choose_backend

    return _file(weights, choose_backend(weights, backend).path)


def embedding_weights(catalogue: Catalogue, options: Mapping[str, Any]) -> WeightsFile | None:
    """Those of the vectors; None where the profile or the library wants no recognition."""
    if not options.get("recognise", True):
        return None
    weights = resolve(catalogue, options["embedding_models"])
    return _file(weights, weights.file(_ONNX))


def version_of(path: Path) -> str:
    """What a model's version is called: the first 12 digits of the file's sha256."""
    return sha256_of_file(path)[:_HASH_DIGITS]


def _file(weights: ChosenWeights, path: Path) -> WeightsFile:
    return WeightsFile(path, weights.identity, weights.note)
