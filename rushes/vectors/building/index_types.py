"""Which index a space gets: what its size allows and its own vectors prove."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rushes.vectors.building.cells import (
    FEWEST_OF_A_CELL,
    cell_count,
    cell_index,
    copied_cells,
    flat_index,
    found_in_cells,
)
from rushes.vectors.building.options import BuildOptions
from rushes.vectors.building.recall import (
    ASKED,
    NEAREST,
    Questions,
    drawn,
    median_milliseconds,
    questions_among,
    questions_of,
)
from rushes.vectors.building.threads import faiss_threads
from rushes.vectors.faiss_library import faiss_library
from rushes.vectors.generations.manifest import IndexType, RecallPoint
from rushes.vectors.live.base import Base, Vectors
from rushes.vectors.live.bits import Bits

RECALL_MARGIN: Final = 0.01
"""Above the target, since other questions than the measured ones are asked."""
_QUESTIONS: Final = 256
_QUESTIONS_OF_A_SAVE: Final = 64
_SHARE_ASKED: Final = 8
"""At most one of so many vectors is a question: the rest is to train by."""
_SURELY_QUICKER: Final = 4
"""Less than one of so many cells is not timed against all vectors."""
_FEWEST_CELLS: Final = 2
_BEYOND: Final = 2
"""Points of the curve after the chosen one, to see what more would cost."""
_WORTH_A_CLOCK: Final = 1.0
"""Milliseconds of comparing all vectors; where it takes less, times are too uneven to choose by."""


@dataclass(frozen=True, slots=True)
class MadeIndex:
    """A FAISS index of inner products, and what was measured of it; see Manifest."""

    index: Any
    index_type: IndexType
    nlist: int = 0
    nprobe: int = 0
    recall_at_10: float = 1.0
    recall_curve: tuple[RecallPoint, ...] = ()
    flat_milliseconds: float | None = None


def make_index(vectors: Vectors, options: BuildOptions) -> MadeIndex:
    """Flat up to the limit; above it cells, where they find enough in less time than flat.

    `vectors`: float32 (count, dimension), of length one. Takes the options' threads.
    """
    with faiss_threads(options.cores):
        if len(vectors) <= options.flat_limit:
            return MadeIndex(flat_index(vectors), IndexType.FLAT)
        made = _in_cells(vectors, options)
        if made.nprobe:
            return made
        return replace(made, index=flat_index(vectors), index_type=IndexType.FLAT, nlist=0)


def grown(base: Base, added: Vectors, buried: Bits, options: BuildOptions) -> MadeIndex:
    """The vectors of a generation with `added`, float32 (count, dimension), behind them.

    Cells stay where they are, and their recall is measured anew; `buried`: of all positions, what
    is not to be found.
    """
    with faiss_threads(options.cores):
        if base.manifest.index_type is IndexType.FLAT:
            made = _like_that_of(base, _flat_with(base, added))
        else:
            index = copied_cells(base.index)
            index.add(added)
            made = _remeasured(_like_that_of(base, index), buried, options)
    return made


def _like_that_of(base: Base, index: Any) -> MadeIndex:
    """Another index with what is known of the generation's."""
    manifest = base.manifest
    return MadeIndex(
        index,
        manifest.index_type,
        manifest.nlist,
        manifest.nprobe,
        manifest.recall_at_10,
        manifest.recall_curve,
        manifest.flat_milliseconds,
    )


def _flat_with(base: Base, added: Vectors) -> Any:
    together = np.empty((base.count + len(added), added.shape[1]), np.float32)
    base.index.reconstruct_n(0, base.count, together[: base.count])
    together[base.count :] = added
    return flat_index(together)


def _remeasured(made: MadeIndex, buried: Bits, options: BuildOptions) -> MadeIndex:
    """Where the recall fell below the target, more cells are looked into, until it is reached."""
    own = drawn(buried, made.index.ntotal, _QUESTIONS_OF_A_SAVE, options.seed)
    questions = questions_of(made.index, own, buried)
    nprobe = made.nprobe
    while True:
        found = found_in_cells(made.index, questions.vectors, ASKED, nprobe, buried)
        recall = questions.recall(found)
        if recall >= options.recall_target or nprobe >= made.nlist:
            break
        nprobe = min(2 * nprobe, made.nlist)
    made.index.nprobe = nprobe
    return replace(made, nprobe=nprobe, recall_at_10=recall)


def _in_cells(vectors: Vectors, options: BuildOptions) -> MadeIndex:
    """With `nprobe` 0 and no index where flat is as quick."""
    asked, training, cells = _drawn(len(vectors), options.seed)
    if cells < _FEWEST_CELLS:
        return MadeIndex(None, IndexType.FLAT)
    questions = questions_among(vectors, asked)
    flat = _flat_milliseconds(vectors, questions)
    index = cell_index(vectors, cells, training, options.seed)
    curve: list[RecallPoint] = []
    chosen: RecallPoint | None = None
    for point in _points(index, questions):
        curve.append(point)
        if chosen is None and _is_slower(point, cells, flat):
            break
        if chosen is None and point.recall >= min(1.0, options.recall_target + RECALL_MARGIN):
            chosen = point
        if chosen is not None and len(curve) - curve.index(chosen) > _BEYOND:
            break
    if chosen is None:
        return MadeIndex(None, IndexType.FLAT, recall_curve=tuple(curve), flat_milliseconds=flat)
    index.nprobe = chosen.nprobe
    return MadeIndex(index, IndexType.IVF, cells, chosen.nprobe, chosen.recall, tuple(curve), flat)


def _drawn(count: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Positions of the questions, those to train by, which are others, and how many cells."""
    order = np.random.default_rng(seed).permutation(count)
    asked = min(_QUESTIONS, max(1, count // _SHARE_ASKED))
    cells = cell_count(count, count - asked)
    training = order[asked : asked + cells * FEWEST_OF_A_CELL]
    return np.sort(order[:asked]), np.sort(training), cells


def _points(index: Any, questions: Questions) -> Iterator[RecallPoint]:
    """What is found at 1, 2, 4 ... cells, as long as that is not all of them."""
    nprobe = 1
    while nprobe < index.nlist:
        found = found_in_cells(index, questions.vectors, ASKED, nprobe)
        yield RecallPoint(
            nprobe=nprobe,
            recall=questions.recall(found),
            milliseconds=_milliseconds(index, questions, nprobe),
        )
        nprobe *= 2


def _milliseconds(index: Any, questions: Questions, nprobe: int) -> float:
    return median_milliseconds(
        lambda at: found_in_cells(index, questions.vectors[at : at + 1], NEAREST, nprobe),
        len(questions.own),
    )


def _flat_milliseconds(vectors: Vectors, questions: Questions) -> float:
    faiss = faiss_library()
    return median_milliseconds(
        lambda at: faiss.knn(
            questions.vectors[at : at + 1],
            vectors,
            min(NEAREST, len(vectors)),
            metric=faiss.METRIC_INNER_PRODUCT,
        ),
        len(questions.own),
    )


def _is_slower(point: RecallPoint, cells: int, flat: float) -> bool:
    """Than comparing all. A few cells of many never are, however busy the machine is."""
    is_by_clock = flat >= _WORTH_A_CLOCK and point.nprobe * _SURELY_QUICKER >= cells
    return is_by_clock and point.milliseconds >= flat
