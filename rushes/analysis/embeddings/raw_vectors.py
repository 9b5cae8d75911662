"""Vectors in a model's raw output: which space they are of, and one by its place."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeVar

from rushes.analysis.protocol import Embedding
from rushes.artifacts.vocabulary import EmbeddingKind
from rushes.vectors.space import EmbeddingSpace

Each = TypeVar("Each")


def described(space: EmbeddingSpace) -> dict[str, Any]:
    """The space of the vectors, as JSON values."""
    return {
        "model": space.model,
        "model_version": space.model_version,
        "dimension": space.dimension,
    }


def embedding_of(raw: Mapping[str, Any], place: int, kind: EmbeddingKind) -> Embedding | None:
    """The vector at that place of a raw output; None where the model gave zero.

    Its space is the one it was made in, which the raw output tells.
    """
    vector = raw["vectors"][place]
    if vector is None:
        return None
    data = b64decode(vector, validate=True)
    return Embedding(kind, raw["model"], raw["model_version"], data)


def in_batches(each: Iterable[Each], size: int) -> Iterator[list[Each]]:
    """Lists of `size`, the last one shorter."""
    rest = iter(each)
    while batch := list(islice(rest, size)):
        yield batch
