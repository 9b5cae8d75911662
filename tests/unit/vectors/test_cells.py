"""Indexes of cells: copied without training, measured fairly, built on threads of their own."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from rushes.artifacts.vocabulary import EmbeddingKind
from rushes.vectors.building.cells import cell_count, cell_index, copied_cells, found_in_cells
from rushes.vectors.building.failures import IndexBuildError, index_errors
from rushes.vectors.building.index_types import make_index
from rushes.vectors.building.options import BuildOptions
from rushes.vectors.building.recall import ASKED, questions_among, questions_of
from rushes.vectors.building.threads import faiss_threads
from rushes.vectors.faiss_library import faiss_library
from rushes.vectors.generations.manifest import IndexType
from rushes.vectors.live.base import Vectors
from rushes.vectors.live.bits import no_bits, packed
from rushes.vectors.space import EmbeddingSpace

_COUNT = 1200
SPACE = EmbeddingSpace(EmbeddingKind.TEXT, "letters", "1", 8)


def _units(count: int, seed: int = 0, dimension: int = 8) -> Vectors:
    made = np.random.default_rng(seed).normal(size=(count, dimension))
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float32)


@pytest.fixture(scope="module")
def vectors() -> Vectors:
    return _units(_COUNT)


def test_there_are_four_cells_to_a_root_unless_too_few_vectors_train_them() -> None:
    assert cell_count(1_000_000, 999_000) == 4000
    assert cell_count(1000, 900) == 900 // 39
    assert cell_count(3, 1) == 1


def test_a_copy_of_a_mapped_index_can_be_added_to(vectors: Vectors, tmp_path: Path) -> None:
    faiss = faiss_library()
    index = cell_index(vectors, 12, np.arange(0, _COUNT, 2), seed=1)
    faiss.write_index(index, str(tmp_path / "index"))
    mapped = faiss.read_index(str(tmp_path / "index"), faiss.IO_FLAG_MMAP_IFC)
    copy, more = copied_cells(mapped), _units(50, 1)
    copy.add(more)
    everything = np.concatenate([vectors, more])
    assert (mapped.ntotal, copy.ntotal) == (_COUNT, _COUNT + 50)
    np.testing.assert_array_equal(copy.reconstruct_batch(np.arange(_COUNT + 50)), everything)
    own = copy.search(everything, 1)[1][:, 0]
    np.testing.assert_array_equal(own, np.arange(_COUNT + 50))


def test_all_cells_find_what_comparing_all_vectors_finds(vectors: Vectors) -> None:
    index = cell_index(vectors, 12, np.arange(_COUNT), seed=1)
    own = np.arange(0, _COUNT, 50)
    in_cells, among = questions_of(index, own, no_bits(_COUNT)), questions_among(vectors, own)
    np.testing.assert_allclose(in_cells.least, among.least, atol=1e-5)
    assert among.recall(found_in_cells(index, vectors[own], ASKED, 12)) == 1.0


def test_recall_is_the_share_of_the_true_ten_without_the_question(vectors: Vectors) -> None:
    own = np.arange(0, 300, 10)
    index = cell_index(vectors, 12, np.arange(_COUNT), seed=1)
    found = found_in_cells(index, vectors[own], ASKED, 2)
    shares = []
    for question, positions in zip(own, found[1], strict=True):
        scores = vectors @ vectors[question]
        scores[question] = -2
        true = set(np.argsort(-scores)[:10].tolist())
        shares.append(len(true & set(positions.tolist())) / 10)
    assert questions_among(vectors, own).recall(found) == pytest.approx(np.mean(shares))
    assert 0.2 < np.mean(shares) < 0.99


def test_any_of_equal_vectors_is_as_good_as_another() -> None:
    vectors = np.repeat(_units(3), 50, axis=0)
    own = np.array([0, 60])
    questions = questions_among(vectors, own)
    others = np.stack([np.arange(30, 41), np.arange(85, 96)])
    scores = np.ones((2, ASKED), np.float32)
    assert questions.recall((scores, others)) == 1.0
    assert questions.recall((np.where(np.arange(ASKED) < 5, scores, 0.0), others)) == 0.5


def test_buried_vectors_are_no_answers(vectors: Vectors) -> None:
    index = cell_index(vectors, 12, np.arange(_COUNT), seed=1)
    buried = packed(np.arange(_COUNT) % 2 == 1)
    _, found = found_in_cells(index, vectors[:20], ASKED, 12, buried)
    assert not (found % 2).any()


@pytest.mark.parametrize("count", [0, 1, 2, 11])
def test_a_few_vectors_are_measured_too(count: int) -> None:
    vectors = _units(count)
    made = make_index(vectors, BuildOptions(flat_limit=0))
    assert made.index.ntotal == count
    assert (made.index_type, made.recall_at_10) == (IndexType.FLAT, 1.0)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_so_few_that_there_are_no_ten_nearest_are_all_found(count: int) -> None:
    vectors = _units(count)
    index = cell_index(vectors, 1, np.arange(count), seed=1)
    questions = questions_among(vectors, np.arange(count))
    assert questions.recall(found_in_cells(index, vectors, ASKED, 1)) == 1.0


def test_where_no_cells_find_enough_all_are_compared() -> None:
    vectors = _units(3000, dimension=64)
    made = make_index(vectors, BuildOptions(flat_limit=100, recall_target=0.99))
    assert (made.index_type, made.nlist, made.nprobe) == (IndexType.FLAT, 0, 0)
    assert made.recall_at_10 == 1.0
    assert made.recall_curve
    assert max(point.recall for point in made.recall_curve) < 1.0


def test_a_build_takes_its_threads_for_itself_and_gives_them_back() -> None:
    faiss = faiss_library()
    before = faiss.omp_get_max_threads()
    elsewhere: list[int] = []
    with faiss_threads(2):
        assert faiss.omp_get_max_threads() == 2
        other = threading.Thread(target=lambda: elsewhere.append(faiss.omp_get_max_threads()))
        other.start()
        other.join()
    assert faiss.omp_get_max_threads() == before
    assert elsewhere == [1]


def test_what_faiss_and_the_memory_say_has_a_code() -> None:
    with pytest.raises(IndexBuildError, match="NaN") as failed, index_errors(SPACE):
        cell_index(np.full((100, 8), np.nan, np.float32), 4, np.arange(100), seed=1)
    assert (failed.value.code, failed.value.retryable) == ("vector_build_failed", False)
    with pytest.raises(IndexBuildError) as failed, index_errors(SPACE):
        np.empty(2**60, np.uint8)
    assert failed.value.retryable
    assert failed.value.remedy
