"""Vectors of one film's inputs: each distinct input asks cache and model at most once."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable, Sequence
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from rushes.analysis.protocol import Measures
from rushes.errors import AnalysisError
from rushes.vectors.space import EmbeddingSpace

Input = TypeVar("Input")
Floats = NDArray[np.float32]


class VectorCache(Protocol):
    """What models embedded before. Inputs and vectors are bytes; a vector is float32 values."""

    def lookup(self, space: EmbeddingSpace, inputs: Sequence[bytes]) -> list[bytes | None]:
        """The vector of each input, None where it is not known."""

    def store(self, space: EmbeddingSpace, entries: Sequence[tuple[bytes, bytes]]) -> None:
        """Keep (input, vector) pairs."""


class FilmVectors(Generic[Input]):
    """The distinct vectors of one film, filled batch by batch.

    `model` turns inputs into float32 (n, dimension); `vectors` are unit vectors in base64, None
    where the model gave zero, which points nowhere.
    """

    def __init__(
        self,
        space: EmbeddingSpace,
        model: Callable[[Sequence[Input]], Floats],
        cache: VectorCache | None,
        measures: Measures,
    ) -> None:
        self.vectors: list[str | None] = []
        self._space = space
        self._model = model
        self._cache = cache
        self._measures = measures
        self._place_of: dict[bytes, int] = {}

    def add(self, inputs: Sequence[tuple[bytes, Input]]) -> list[int]:
        """Where in `vectors` each input's stands; an input is its exact bytes and its value.

        AnalysisError `stage_error` where the model gives no numbers or too few.
        """
        digests = [hashlib.sha256(data).digest() for data, _ in inputs]
        new = {
            digest: each
            for digest, each in zip(digests, inputs, strict=True)
            if digest not in self._place_of
        }
        for digest, vector in zip(new, self._found(list(new.values())), strict=True):
            self._place_of[digest] = len(self.vectors)
            self.vectors.append(None if vector is None else b64encode(vector).decode())
        return [self._place_of[digest] for digest in digests]

    def _found(self, inputs: list[tuple[bytes, Input]]) -> list[bytes | None]:
        found: list[bytes | None] = [None] * len(inputs)
        if self._cache is not None:
            found = self._cache.lookup(self._space, [data for data, _ in inputs])
        missing = [number for number, vector in enumerate(found) if vector is None]
        self._measures.count("cache_hits", len(inputs) - len(missing))
        if missing:
            made = self._made([inputs[number] for number in missing])
            for number, vector in zip(missing, made, strict=True):
                found[number] = vector
        return found

    def _made(self, inputs: list[tuple[bytes, Input]]) -> list[bytes | None]:
        self._measures.count("model_calls", len(inputs))
        with self._measures.timed("inference"):
            values = self._model([value for _, value in inputs])
        vectors = unit_vectors(values, self._space, len(inputs))
        if self._cache is not None:
            pairs = zip(inputs, vectors, strict=True)
            self._cache.store(self._space, [(data, v) for (data, _), v in pairs if v is not None])
        return vectors


def unit_vectors(values: Any, space: EmbeddingSpace, count: int) -> list[bytes | None]:
    """Rows of (count, dimension) as float32 bytes, little endian, of length one; None for zero.

    AnalysisError `stage_error` where the shape is another or a value is no number.
    """
    rows = np.asarray(values, np.float64)
    if rows.shape != (count, space.dimension):
        raise _bad(space, f"gave values of shape {rows.shape}, not {(count, space.dimension)}")
    lengths = np.sqrt((rows * rows).sum(axis=1))
    if not np.isfinite(lengths).all():
        raise _bad(space, "gave values that are no numbers")
    return [
        (row / length).astype("<f4").tobytes() if length > 0 else None
        for row, length in zip(rows, lengths, strict=True)
    ]


def _bad(space: EmbeddingSpace, what: str) -> AnalysisError:
    return AnalysisError(
        f"the model {space.model} {what}",
        remedy="mend its settings in the profile, or name another model",
    )
