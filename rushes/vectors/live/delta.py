"""What came to a space since its generation was written."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rushes.vectors.faiss_library import faiss_library
from rushes.vectors.live.base import Vectors
from rushes.vectors.live.bits import Flags

_ROOM: Final = 256


@dataclass(frozen=True, slots=True)
class Added:
    """One embedding. `vector`: float32 (dimension,)."""

    embedding_id: str
    run_id: str
    vector: Vectors


@dataclass(frozen=True, slots=True)
class Delta:
    """The first `count` rows of storage that later deltas share and only ever fill further.

    `gone`: rows that are buried. `row_of`: the newest row of an embedding, which may be one of a
    later delta. One thread at a time may add; all deltas may be searched meanwhile. A delta whose
    storage was filled further, by one that nobody went on from, gets its own before it is added to.
    """

    rows: Vectors
    ids: list[str]
    run_ids: list[str]
    count: int
    gone: frozenset[int]
    row_of: dict[str, int]

    @classmethod
    def empty(cls, dimension: int) -> Delta:
        """No rows."""
        return cls(np.zeros((_ROOM, dimension), np.float32), [], [], 0, frozenset(), {})

    @property
    def live(self) -> int:
        """Rows that are not buried."""
        return self.count - len(self.gone)

    def changed(self, added: Sequence[Added], removed: Collection[str]) -> Delta:
        """With what came, without what went; `removed` counts before `added`."""
        if len(self.ids) != self.count:
            return self._on_its_own().changed(added, removed)
        gone = {row for each in removed if (row := self.row_of.get(each)) is not None}
        gone |= {row for each in added if (row := self.row_of.get(each.embedding_id)) is not None}
        if not added:
            return replace(self, gone=self.gone | gone)
        rows = self._with_room(len(added))
        del self.ids[self.count :], self.run_ids[self.count :]  # of a change that failed
        until = self.count + len(added)
        rows[self.count : until] = np.stack([each.vector for each in added])
        for number, each in enumerate(added, self.count):
            self.ids.append(each.embedding_id)
            self.run_ids.append(each.run_id)
            self.row_of[each.embedding_id] = number
        return replace(self, rows=rows, count=until, gone=self.gone | gone)

    def search(
        self, query: Vectors, most: int, only: Collection[str] | None = None
    ) -> list[tuple[float, str]]:
        """(inner product, embedding id) of the nearest `most`. `only`: of these runs."""
        places, rows = None, self.rows[: self.count]
        if only is not None:
            places = np.flatnonzero(self._of_runs(only))
            rows = rows[places]
        wanted = min(most + (len(self.gone) if places is None else 0), len(rows))
        if wanted < 1:
            return []
        faiss = faiss_library()
        scores, at = faiss.knn(query[None, :], rows, wanted, metric=faiss.METRIC_INNER_PRODUCT)
        found: NDArray[np.int64] = at[0] if places is None else places[at[0]]
        pairs = zip(scores[0], found, strict=True)
        return [(float(s), self.ids[row]) for s, row in pairs if int(row) not in self.gone][:most]

    def row(self, embedding_id: str) -> int | None:
        """Where it stands in this delta; None where it does not, or is buried."""
        row = self.row_of.get(embedding_id)
        if row is not None and row >= self.count:  # it came again, later than this delta
            rows = (at for at in reversed(range(self.count)) if self.ids[at] == embedding_id)
            row = next(rows, None)
        return None if row in self.gone else row

    def _on_its_own(self) -> Delta:
        """The same rows in storage that nobody else has."""
        ids, run_ids = self.ids[: self.count], self.run_ids[: self.count]
        row_of = {embedding_id: row for row, embedding_id in enumerate(ids)}
        rows = self.rows[: max(self.count, _ROOM)].copy()
        return Delta(rows, ids, run_ids, self.count, self.gone, row_of)

    def _of_runs(self, run_ids: Collection[str]) -> Flags:
        chosen = np.fromiter(
            (each in run_ids for each in self.run_ids[: self.count]), np.bool_, self.count
        )
        chosen[list(self.gone)] = False
        return chosen

    def _with_room(self, more: int) -> Vectors:
        """The storage itself where it has room; else a larger copy, which nobody reads yet."""
        if self.count + more <= len(self.rows):
            return self.rows
        size = max(2 * len(self.rows), self.count + more)
        grown = np.zeros((size, self.rows.shape[1]), np.float32)
        grown[: self.count] = self.rows[: self.count]
        return grown
