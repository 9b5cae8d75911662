"""Which bytes are a vector, and how embeddings are named."""

from __future__ import annotations

import numpy as np
import pytest

from rushes.artifacts.vocabulary import EmbeddingKind
from rushes.errors import InvalidRequestError
from rushes.vectors.space import EmbeddingSpace, check_vector
from rushes.vectors.store import embedding_id


def _bytes(*values: float) -> bytes:
    return np.array(values, dtype="<f4").tobytes()


@pytest.mark.parametrize(
    ("vector", "dimension", "said"),
    [
        (_bytes(1.0, 0.0), 3, "8 bytes"),
        (_bytes(1.0, 0.0, 0.0), 2, "12 bytes"),
        (b"abc", 1, "3 bytes"),
        (b"", 0, "0 bytes"),
        (b"", 2, "0 bytes"),
        (_bytes(float("nan"), 0.0), 2, "NaN"),
        (_bytes(float("inf"), 0.0), 2, "infinity"),
        (_bytes(float("inf"), float("-inf")), 2, "infinity"),
        (_bytes(0.0, 0.0), 2, "zero"),
        (_bytes(3.0, 4.0), 2, "length 5"),
        (_bytes(0.5, 0.5), 2, "length 0.7071"),
    ],
)
def test_what_is_no_vector_of_its_space_is_refused_by_name(
    vector: bytes, dimension: int, said: str
) -> None:
    space = EmbeddingSpace(EmbeddingKind.FACE, "model", "1", dimension)
    with pytest.raises(InvalidRequestError, match=f"of this one .*{said}") as raised:
        check_vector(vector, space, of="this one")
    assert raised.value.code == "bad_vector"


@pytest.mark.parametrize(
    ("vector", "unit"),
    [(_bytes(0.6, 0.8), True), (_bytes(-0.999, 0.0), True), (_bytes(30.0, 40.0), False)],
)
def test_a_vector_of_its_space_is_taken(vector: bytes, unit: bool) -> None:
    check_vector(vector, EmbeddingSpace(EmbeddingKind.TEXT, "model", "1", 2), of="it", unit=unit)


def test_an_embedding_has_the_same_name_each_time_and_no_other_has_it() -> None:
    kinds, ordinals, of_runs = list(EmbeddingKind), range(12), ("r1", "r11", "r2")
    named = [embedding_id(r, k, n) for r in of_runs for k in kinds for n in ordinals]
    again = [embedding_id(r, k, n) for r in of_runs for k in kinds for n in ordinals]
    assert named == again
    assert len(set(named)) == len(named)
