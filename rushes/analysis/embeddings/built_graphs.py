"""ONNX graphs made from PyTorch weights, kept beside the fetched models."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from numpy.typing import NDArray

from rushes.analysis.embeddings.torch_weights import read_state_dict
from rushes.errors import StorageError
from rushes.models.entry import sha256_of_file

BUILDER_VERSION: Final = 1
"""Raised when the same weights make another graph."""
_FOLDER: Final = "built"


def built_graph(
    weights: Path,
    models_root: Path,
    architecture: str,
    build: Callable[[Mapping[str, NDArray[Any]]], bytes],
) -> Path:
    """The graph of these weights: from `models_root`, or built now and put there whole.

    It is named after architecture, builder version and the weights' sha256, so changed weights
    are another graph. AnalysisError `model_corrupt`; StorageError where the disk refuses.
    """
    try:
        digest = sha256_of_file(weights)
        name = f"{architecture}-v{BUILDER_VERSION}-{digest}.onnx"
        path = models_root / _FOLDER / name
        if not path.is_file():
            _publish(path, build(read_state_dict(weights)))
    except OSError as error:
        raise StorageError(
            f"the model graph of {weights.name} cannot be kept in {models_root}: "
            f"{error.strerror or error}",
            remedy="check rights and disk, or point RUSHES_MODELS_DIR elsewhere",
        ) from error
    return path


def _publish(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with temporary.open("xb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
