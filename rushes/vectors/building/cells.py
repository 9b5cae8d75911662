"""FAISS indexes of inner products: all vectors compared, or those of the nearest cells."""

from __future__ import annotations

from math import sqrt
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rushes.vectors.faiss_library import faiss_library
from rushes.vectors.live.base import Vectors
from rushes.vectors.live.bits import Bits

_CELLS_PER_ROOT: Final = 4
"""Cells for the square root of the number of vectors, as FAISS's guidelines have it."""
FEWEST_OF_A_CELL: Final = 39
"""Vectors to train a cell by; with fewer of them FAISS warns."""
_ROUNDS: Final = 10


def cell_count(vectors: int, training: int) -> int:
    """How many cells so many vectors get, of which `training` may be trained by."""
    return max(1, min(round(_CELLS_PER_ROOT * sqrt(vectors)), training // FEWEST_OF_A_CELL))


def flat_index(vectors: Vectors) -> Any:
    """All vectors as they are; `vectors`: float32 (count, dimension)."""
    index = faiss_library().IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    return index


def cell_index(vectors: Vectors, cells: int, training: NDArray[np.int64], seed: int) -> Any:
    """The vectors in cells around the means of those at `training`, positions in rising order.

    The same bytes for the same vectors and seed, whatever the number of threads.
    """
    faiss = faiss_library()
    index = _empty_cells(vectors.shape[1], cells)
    index.cp.seed = seed
    index.cp.niter = _ROUNDS
    index.cp.min_points_per_centroid = 1
    index.train(vectors[training])
    index.set_direct_map_type(faiss.DirectMap.Array)
    _add_all(index, vectors)
    return index


def copied_cells(index: Any) -> Any:
    """The same cells with the same vectors, in memory of its own; `index` may be a mapped file.

    Cloning will not do: a clone of a mapped index shares its memory and aborts the process when
    something is added to it.
    """
    faiss = faiss_library()
    copy = _empty_cells(index.d, index.nlist)
    copy.quantizer.add(index.quantizer.reconstruct_n(0, index.nlist))
    copy.is_trained = True
    index.copy_subset_to(copy, faiss.InvertedLists.SUBSET_TYPE_ID_RANGE, 0, index.ntotal)
    copy.set_direct_map_type(faiss.DirectMap.Array)
    copy.nprobe = index.nprobe
    return copy


def found_in_cells(
    index: Any, queries: Vectors, most: int, nprobe: int, buried: Bits | None = None
) -> tuple[Vectors, NDArray[np.int64]]:
    """Scores and positions (queries, most), the best first, -1 where there are no more.

    `buried`: positions to leave out.
    """
    faiss = faiss_library()
    selector = None
    if buried is not None:
        bitmap = faiss.IDSelectorBitmap(len(buried), faiss.swig_ptr(buried))
        selector = faiss.IDSelectorNot(bitmap)
    parameters = faiss.SearchParametersIVF(sel=selector, nprobe=min(nprobe, index.nlist))
    scores, positions = index.search(queries, most, params=parameters)
    return scores, positions


def _add_all(index: Any, vectors: Vectors) -> None:
    """Into cells that are given their size before: growing, they would take up to twice of it."""
    faiss = faiss_library()
    _, nearest = index.quantizer.search(vectors, 1)
    sizes = np.bincount(nearest[:, 0], minlength=index.nlist)
    for cell, size in enumerate(sizes.tolist()):
        index.invlists.resize(cell, size)
        index.invlists.resize(cell, 0)
    index.add_core(len(vectors), faiss.swig_ptr(vectors), None, faiss.swig_ptr(nearest))


def _empty_cells(dimension: int, cells: int) -> Any:
    faiss = faiss_library()
    quantizer = faiss.IndexFlatIP(dimension)
    index = faiss.IndexIVFFlat(quantizer, dimension, cells, faiss.METRIC_INNER_PRODUCT)
    index.own_fields = True
    quantizer.this.disown()
    return index
