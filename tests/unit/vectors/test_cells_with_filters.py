"""An index of cells gives as many as were asked for, whatever the filter and the tombstones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from space_history import SPACE, manifest_of

from rushes.vectors.faiss_library import faiss_library
from rushes.vectors.generations.manifest import IndexType
from rushes.vectors.live import base as searching
from rushes.vectors.live.base import Base, Vectors
from rushes.vectors.live.bits import Flags, packed

_COUNT = 48_000
_CELLS = 64
_RUNS = 8
"""Each of one region, so that a filter may leave nothing of the cells looked into."""


@pytest.fixture(scope="module")
def vectors() -> Vectors:
    made = np.random.default_rng(2).standard_normal((_COUNT, SPACE.dimension))
    made = made[np.argsort(made[:, 0])]
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float32)


@pytest.fixture(scope="module", params=["as it is", "only cells"], autouse=True)
def limits(request: pytest.FixtureRequest) -> Iterator[None]:
    """Also without the two ways around the cells, which so few vectors would always take."""
    with pytest.MonkeyPatch.context() as patching:
        if request.param == "only cells":
            patching.setattr(searching, "_FEW", 0)
            patching.setattr(searching, "_SOME", 0)
        yield


@pytest.fixture(scope="module")
def base(vectors: Vectors) -> Base:
    """One cell is looked into."""
    faiss = faiss_library()
    coarse = faiss.IndexFlatIP(SPACE.dimension)
    index = faiss.IndexIVFFlat(coarse, SPACE.dimension, _CELLS, faiss.METRIC_INNER_PRODUCT)
    index.train(vectors[:: _COUNT // 4000])
    index.make_direct_map(True)
    index.add(vectors)
    numbers = np.arange(_COUNT)
    return Base(
        manifest_of(_COUNT, 0, 1, index_type=IndexType.IVF, nlist=_CELLS, nprobe=1),
        index,
        np.array([f"e{number:07d}" for number in numbers], "S8"),
        numbers.astype(np.int32),
        (numbers * _RUNS // _COUNT).astype(np.int32),
        tuple(f"run {number}" for number in range(_RUNS)),
        packed(np.zeros(_COUNT, np.bool_)),
    )


@settings(max_examples=60, deadline=None)
@given(
    runs=st.none() | st.sets(st.integers(0, _RUNS), min_size=1),
    gone=st.floats(0, 1),
    nearest_gone=st.sampled_from([0, 500, 40_000, _COUNT - 3, _COUNT]),
    most=st.sampled_from([1, 10, 64, 3000]),
    asked=st.integers(0, 99),
)
def test_no_filter_and_no_tombstones_make_an_answer_shorter_than_it_can_be(
    base: Base,
    vectors: Vectors,
    runs: set[int] | None,
    gone: float,
    nearest_gone: int,
    most: int,
    asked: int,
) -> None:
    query = vectors[asked * _COUNT // 100]
    scores = vectors @ query
    buried = np.random.default_rng(asked).random(_COUNT) < gone**4
    buried[np.argsort(-scores)[:nearest_gone]] = True
    only = None if runs is None else base.of_runs({f"run {each}" for each in runs})
    allowed = ~buried if only is None else only & ~buried
    found = _searched(base, query, most, buried, only)
    assert len(found) == len(set(found.tolist())) == min(most, int(allowed.sum()))
    assert allowed[found].all()
    # Where all cells are looked into, these are the nearest.
    everywhere = replace(base, manifest=base.manifest.model_copy(update={"nprobe": _CELLS}))
    found = _searched(everywhere, query, most, buried, only)
    nearest = np.sort(scores[allowed])[::-1][:most]
    np.testing.assert_allclose(scores[found], nearest, atol=1e-6)


def test_the_usual_search_looks_into_no_more_cells_than_it_has_to(
    base: Base, vectors: Vectors
) -> None:
    nothing = np.zeros(_COUNT, np.bool_)
    stats = faiss_library().cvar.indexIVF_stats
    stats.reset()
    _searched(base, vectors[7], 10, nothing, None)
    assert (stats.nq, stats.nlist) == (1, 1)


def _searched(
    base: Base, query: Vectors, most: int, buried: Flags, only: Flags | None
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    scores, found = base.search(query, most, packed(buried), only)
    assert len(scores) == len(found)
    assert (np.diff(scores) <= 0).all()
    return found
