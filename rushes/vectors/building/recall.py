"""recall@10: how many of the ten nearest an index of cells finds.

Vectors of the space itself are asked, each left out of its own answer. Found is what is at least
as near as the tenth of the true ones, so that of equal vectors any will do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from rushes.vectors.building.cells import found_in_cells
from rushes.vectors.building.threads import faiss_threads
from rushes.vectors.faiss_library import faiss_library
from rushes.vectors.generations.manifest import IndexType
from rushes.vectors.live.base import Base, Vectors
from rushes.vectors.live.bits import Bits, unpacked

NEAREST: Final = 10
ASKED: Final = NEAREST + 1
"""One more, for the question itself."""
_ROUNDING: Final = 1e-5
"""What two ways to add the same products up may differ by."""
_TIMED: Final = 16

Found = tuple[Vectors, NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Questions:
    """`vectors` (count, dimension) that stand at `own`; `least`: the score of the last of the true
    `wanted` nearest of each.
    """

    vectors: Vectors
    own: NDArray[np.int64]
    least: Vectors
    wanted: int

    @classmethod
    def of(cls, vectors: Vectors, own: NDArray[np.int64], among: int, true: Found) -> Self:
        """`true`: scores and positions of all that is nearest, `ASKED` a question, of `among`."""
        wanted = min(NEAREST, among - 1)
        others = _without_own(*true, own, wanted)
        least = others[:, -1] if wanted > 0 else np.zeros(len(own), np.float32)
        return cls(vectors, own, least, wanted)

    def recall(self, found: Found) -> float:
        """0..1 of an answer, `ASKED` a question."""
        if self.wanted < 1 or not len(self.own):
            return 1.0
        others = _without_own(*found, self.own, self.wanted)
        return float(np.mean(others >= self.least[:, None] - _ROUNDING))


@dataclass(frozen=True, slots=True)
class MeasuredRecall:
    """`milliseconds`: of a search for ten on one thread, the median of some."""

    recall_at_10: float
    queries: int
    milliseconds: float


def measured_recall(base: Base, queries: int = 128, seed: int = 0) -> MeasuredRecall:
    """How a generation answers as it is searched, against all its vectors compared.

    `queries`: how many of its own vectors are asked. A flat one finds all by its making.
    """
    own = drawn(base.buried, base.count, queries, seed)
    if not len(own):
        return MeasuredRecall(1.0, 0, 0.0)
    asked = base.vectors_at(own)
    answers = [base.search(each, ASKED, base.buried) for each in asked]
    milliseconds = median_milliseconds(
        lambda at: base.search(asked[at], NEAREST, base.buried), len(asked)
    )
    if base.manifest.index_type is IndexType.FLAT:
        return MeasuredRecall(1.0, len(own), milliseconds)
    questions = questions_of(base.index, own, base.buried)
    return MeasuredRecall(questions.recall(_stacked(answers)), len(own), milliseconds)


def questions_of(index: Any, own: NDArray[np.int64], buried: Bits) -> Questions:
    """The vectors at `own` of an index of cells, answered by all its cells."""
    vectors: Vectors = index.reconstruct_batch(own)
    true = found_in_cells(index, vectors, ASKED, index.nlist, buried)
    return Questions.of(vectors, own, index.ntotal, true)


def questions_among(vectors: Vectors, own: NDArray[np.int64]) -> Questions:
    """The vectors at `own`, compared with all `vectors`: float32 (count, dimension)."""
    faiss = faiss_library()
    asked = vectors[own]
    most = min(ASKED, len(vectors))
    true = faiss.knn(asked, vectors, most, metric=faiss.METRIC_INNER_PRODUCT)
    return Questions.of(asked, own, len(vectors), true)


def drawn(buried: Bits, count: int, most: int, seed: int) -> NDArray[np.int64]:
    """Positions that are not buried, in rising order; all of them where there are no more."""
    live = np.flatnonzero(~unpacked(buried, count))
    if len(live) <= most:
        return live
    return np.sort(np.random.default_rng(seed).choice(live, most, replace=False))


def median_milliseconds(search: Callable[[int], object], questions: int) -> float:
    """Of `search(number)` for some of the questions, one by one on one thread; 0 for none."""
    times = []
    with faiss_threads(1):
        for number in range(min(_TIMED, questions)):
            begin = perf_counter()
            search(number)
            times.append(1000 * (perf_counter() - begin))
    return median(times) if times else 0.0


def _without_own(
    scores: Vectors, positions: NDArray[np.int64], own: NDArray[np.int64], wanted: int
) -> Vectors:
    """The first `wanted` scores of each answer without the question itself; -inf for a gap."""
    others = np.full((len(own), scores.shape[1]), -np.inf, np.float32)
    is_other = (positions >= 0) & (positions != own[:, None])
    others[is_other] = scores[is_other]
    return np.asarray(-np.sort(-others, axis=1)[:, :wanted])


def _stacked(answers: list[tuple[Vectors, NDArray[np.int64]]]) -> Found:
    scores = np.full((len(answers), ASKED), -np.inf, np.float32)
    positions = np.full((len(answers), ASKED), -1, np.int64)
    for number, (found_scores, found_positions) in enumerate(answers):
        scores[number, : len(found_scores)] = found_scores
        positions[number, : len(found_positions)] = found_positions
    return scores, positions
