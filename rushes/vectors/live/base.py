"""An opened generation: an immutable index, and what its positions are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rushes.vectors.faiss_library import faiss_library
from rushes.vectors.generations.manifest import IndexType, Manifest
from rushes.vectors.live.bits import Bits, Flags, packed, unpacked

Vectors = NDArray[np.float32]
_NOWHERE: Final = -1
_MEASURED_FOR: Final = 10
_FEW: Final = 20_000
"""So few positions that a filter leaves of an IVF index are taken out of it and compared."""
_SOME: Final = 100_000
"""So few are all compared where they are, since they may lie in any of its cells."""
_FURTHER: Final = 2
"""Times as many cells are looked into where they hold too few."""


@dataclass(frozen=True, slots=True)
class _SearchSettings:
    """FAISS's parameters for searches without these positions, and what they point to."""

    without: Bits
    parameters: Any
    pointed_to: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Base:
    """Vectors by position, of one space; read by any number of threads at once.

    `index`: a FAISS index of inner products. `ids`: (count,) of bytes. `order`: the positions by
    their ids. `run_of`: each one's place in `run_ids`. `buried`: what was gone when it was written.
    The arrays and the index may be maps of files.
    """

    manifest: Manifest
    index: Any
    ids: NDArray[np.bytes_]
    order: NDArray[np.int32]
    run_of: NDArray[np.int32]
    run_ids: tuple[str, ...]
    buried: Bits
    _settings: dict[int, _SearchSettings] = field(default_factory=dict, repr=False, compare=False)
    """Of the last search of all runs, by number of cells: most have the same tombstones."""

    @property
    def count(self) -> int:
        """Positions, buried ones included."""
        return self.manifest.count

    def positions(self, embedding_ids: Collection[str]) -> NDArray[np.int64]:
        """Where those of the embeddings stand that are in it, in no order. Logarithmic in count."""
        width = self.ids.itemsize
        # A NUL at the end would be taken for what shorter ids are filled up with.
        encoded = {each.encode() for each in embedding_ids if each.isascii() and "\0" not in each}
        wanted = np.array([each for each in encoded if 0 < len(each) <= width], self.ids.dtype)
        if not len(wanted) or not self.count:
            return np.zeros(0, np.int64)
        at = np.searchsorted(self.ids, wanted, sorter=self.order)
        found = self.order[np.minimum(at, self.count - 1)].astype(np.int64)
        return np.asarray(found[self.ids[found] == wanted])

    def ids_at(self, positions: Sequence[int] | NDArray[np.int64]) -> list[str]:
        """The embedding ids of positions."""
        found = self.ids[np.asarray(positions, np.int64)]
        return [each.decode("ascii") for each in found.tolist()]

    def of_runs(self, run_ids: Collection[str]) -> Flags:
        """A flag a position: whether its embedding is of one of these runs."""
        chosen = np.fromiter((each in run_ids for each in self.run_ids), np.bool_)
        return chosen[self.run_of] if len(chosen) else np.zeros(self.count, np.bool_)

    def vectors_at(self, positions: NDArray[np.int64]) -> Vectors:
        """float32 (len(positions), dimension)."""
        rows: Vectors = self.index.reconstruct_batch(positions)
        return rows

    def search(
        self, query: Vectors, most: int, without: Bits, only: Flags | None = None
    ) -> tuple[Vectors, NDArray[np.int64]]:
        """The `most` nearest positions and their inner products, the best first; fewer only where
        there are no more.

        `query`: float32 (dimension,). `without`: buried positions. `only`: None for all positions.
        """
        if not self.count or most < 1:
            return np.zeros(0, np.float32), np.zeros(0, np.int64)
        if only is None:
            usual = partial(self._usual_settings, without)
            return self._nearest(query, min(most, self.count), self._cells(most), usual, _FURTHER)
        left = only & ~unpacked(without, self.count)
        places = np.flatnonzero(left)
        is_of_cells = self.manifest.index_type is IndexType.IVF
        if not len(places) or (is_of_cells and len(places) <= _FEW):
            return self._one_by_one(query, most, places)
        cells = self.manifest.nlist
        if len(places) > _SOME:  # and so many of all stand between the nearest of these
            cells = self._cells(most * self.count / len(places))
        filtered = partial(_settings_for, packed(~left))
        return self._nearest(query, min(most, len(places)), cells, filtered, self.manifest.nlist)

    def _nearest(
        self,
        query: Vectors,
        most: int,
        cells: int,
        settings: Callable[[int], _SearchSettings],
        further: int,
    ) -> tuple[Vectors, NDArray[np.int64]]:
        """In so many cells; in `further` times as many while these hold too few."""
        while True:
            chosen = settings(cells)
            scores, found = self.index.search(query[None, :], most, params=chosen.parameters)
            if found[0, -1] != _NOWHERE:
                return scores[0], found[0]
            if cells >= self.manifest.nlist:
                is_found = found[0] != _NOWHERE
                return scores[0][is_found], found[0][is_found]
            cells = min(further * cells, self.manifest.nlist)

    def _one_by_one(
        self, query: Vectors, most: int, places: NDArray[np.int64]
    ) -> tuple[Vectors, NDArray[np.int64]]:
        if not len(places):
            return np.zeros(0, np.float32), places
        scores, at = faiss_library().knn(
            query[None, :],
            self.vectors_at(places),
            min(most, len(places)),
            metric=faiss_library().METRIC_INNER_PRODUCT,
        )
        return scores[0], places[at[0]]

    def _cells(self, most: float) -> int:
        """`most` far beyond the ten that `nprobe` was measured for takes more cells; 0: flat."""
        if self.manifest.index_type is IndexType.FLAT:
            return 0
        more: int = max(1, round((most / _MEASURED_FOR) ** 0.5))
        return min(self.manifest.nprobe * more, self.manifest.nlist)

    def _usual_settings(self, without: Bits, cells: int) -> _SearchSettings:
        settings = self._settings.get(cells)
        if settings is None or settings.without is not without:
            settings = self._settings[cells] = _settings_for(without, cells)
        return settings


def _settings_for(without: Bits, cells: int) -> _SearchSettings:
    """`cells` 0: all vectors are compared."""
    faiss = faiss_library()
    options: dict[str, Any] = {}
    pointed_to: tuple[Any, ...] = ()
    if without.any():
        bitmap = faiss.IDSelectorBitmap(len(without), faiss.swig_ptr(without))
        options["sel"] = faiss.IDSelectorNot(bitmap)
        pointed_to = (options["sel"], bitmap)
    if cells:
        made = faiss.SearchParametersIVF(nprobe=cells, **options)
    else:
        made = faiss.SearchParameters(**options) if options else None
    return _SearchSettings(without, made, pointed_to)
