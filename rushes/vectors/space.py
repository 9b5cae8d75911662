"""What makes vectors comparable, and which bytes are a vector."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from rushes.artifacts.vocabulary import EmbeddingKind
from rushes.errors import InvalidRequestError

_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9._]+")
_KEY_NAME: Final = 40
_KEY_DIGITS: Final = 12
FLOAT_BYTES = 4
UNIT_TOLERANCE = 0.01
"""How far a length may be from one: what half-precision weights leave after normalising."""


@dataclass(frozen=True, slots=True)
class EmbeddingSpace:
    """Vectors are compared within one space only. `dimension`: values of a vector."""

    kind: EmbeddingKind
    model: str
    model_version: str
    dimension: int

    @property
    def key(self) -> str:
        """Its name as a folder and as a partition: readable, and different for every space."""
        all_of_it = [self.kind.value, self.model, self.model_version, self.dimension]
        digest = hashlib.sha256(json.dumps(all_of_it).encode()).hexdigest()[:_KEY_DIGITS]
        name = _NOT_IN_NAMES.sub("-", self.model).strip("-.")[:_KEY_NAME]
        return f"{self.kind.value}-{name or 'model'}-{digest}"


def space_parameters(space: EmbeddingSpace) -> dict[str, Any]:
    """The values that a statement knows a space by."""
    return {
        "kind": space.kind.value,
        "model": space.model,
        "model_version": space.model_version,
        "dimension": space.dimension,
    }


def spaces_parameters(spaces: Collection[EmbeddingSpace]) -> dict[str, list[Any]]:
    """The values that a statement knows several spaces by, to be unnested; in one order."""
    return {
        "kinds": [space.kind.value for space in spaces],
        "models": [space.model for space in spaces],
        "model_versions": [space.model_version for space in spaces],
        "dimensions": [space.dimension for space in spaces],
    }


def check_vector(vector: bytes, space: EmbeddingSpace, *, of: str, unit: bool = True) -> None:
    """Raise InvalidRequestError `bad_vector` unless these bytes are a vector of that space.

    A vector is `dimension` float32 values, little endian, all finite and not all zero; with
    `unit`, of length one in the Euclidean norm. `of` names it in the message.
    """
    if space.dimension < 1 or len(vector) != FLOAT_BYTES * space.dimension:
        raise _bad(of, f"has {len(vector)} bytes, its {space.dimension} float32 values are another")
    values = np.frombuffer(vector, dtype="<f4").astype(np.float64)
    length = float(np.sqrt(values @ values))
    if not np.isfinite(length):
        raise _bad(of, "holds NaN or infinity")
    if length == 0.0:
        raise _bad(of, "is zero, so it points nowhere")
    if unit and abs(length - 1.0) > UNIT_TOLERANCE:
        raise _bad(of, f"has the length {length:.4g} and not 1")


def _bad(of: str, what: str) -> InvalidRequestError:
    return InvalidRequestError(
        f"the vector of {of} {what}",
        code="bad_vector",
        remedy="give float32 values, little endian, as many as the space's dimension, normalised",
    )
