"""One moment of a space: a generation, what came since, and what went. Never changed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from rushes.vectors.live.base import Base, Vectors
from rushes.vectors.live.bits import Bits, bit_count, has_bit, no_bits, with_bits
from rushes.vectors.live.delta import Added, Delta
from rushes.vectors.space import EmbeddingSpace
from rushes.vectors.store import SpaceChange


class Neighbour(NamedTuple):
    """An embedding and its cosine to the query, -1..1."""

    embedding_id: str
    score: float


@dataclass(frozen=True, slots=True)
class View:
    """Everything of `space` up to `applied_seq`. Searching takes no lock.

    `base` None: no generation, all is in the delta. `buried`: positions of the base that went.
    `begun_seq`: the newest change that was there when reading began; what was pruned up to then
    was never read.
    """

    space: EmbeddingSpace
    base: Base | None
    buried: Bits
    delta: Delta
    applied_seq: int
    begun_seq: int = 0

    @classmethod
    def empty(cls, space: EmbeddingSpace, begun_seq: int = 0) -> View:
        """Nothing yet, of seq 0."""
        return cls(space, None, no_bits(0), Delta.empty(space.dimension), 0, begun_seq)

    @classmethod
    def of(cls, base: Base) -> View:
        """A generation as it was written."""
        space = base.manifest.space
        delta = Delta.empty(space.dimension)
        return cls(space, base, base.buried, delta, base.manifest.applied_seq)

    @property
    def count(self) -> int:
        """Embeddings that can be found."""
        of_base = 0 if self.base is None else self.base.count - self.tombstones
        return of_base + self.delta.live

    @property
    def tombstones(self) -> int:
        """Vectors of the generation that can no longer be found."""
        return bit_count(self.buried)

    def with_changes(self, changes: Sequence[SpaceChange]) -> View:
        """The view after these steps, which begin right behind `applied_seq`, in order of seq."""
        if not changes:
            return self
        came: dict[str, Added] = {}
        went: set[str] = set()
        for each in changes:
            if each.horizon is not None:
                continue
            came.pop(each.embedding_id, None)
            went.add(each.embedding_id)  # one that comes again takes the place of the one before
            if each.vector is not None:
                vector = np.frombuffer(each.vector, "<f4")
                came[each.embedding_id] = Added(each.embedding_id, each.run_id or "", vector)
        return replace(
            self,
            buried=self._buried_with(went),
            delta=self.delta.changed(list(came.values()), went),
            applied_seq=changes[-1].seq,
        )

    def has_missed(self, changes: Sequence[SpaceChange]) -> bool:
        """Whether some of the tombstones before these changes were pruned, not yet applied here."""
        return any(
            each.horizon is not None
            and each.seq > self.begun_seq
            and each.horizon > self.applied_seq
            for each in changes
        )

    def search(
        self, query: Vectors, most: int, runs: Collection[str] | None = None
    ) -> list[Neighbour]:
        """The `most` nearest embeddings, the best first; equal ones in order of their ids.

        `query`: float32 (dimension,), of length one. `runs`: only of these; None: of all.
        """
        if query.shape != (self.space.dimension,):
            raise ValueError(f"a query of shape {query.shape} in {self.space.dimension} dimensions")
        asked = np.ascontiguousarray(query, np.float32)
        wanted = None if runs is None else frozenset(runs)
        found = self._of_base(asked, most, wanted)
        found += [Neighbour(key, score) for score, key in self.delta.search(asked, most, wanted)]
        found.sort(key=_best_first)
        return found[:most]

    def vector(self, embedding_id: str) -> Vectors | None:
        """float32 (dimension,); None where the embedding cannot be found in this view."""
        if (row := self.delta.row(embedding_id)) is not None:
            return np.asarray(self.delta.rows[row])
        if self.base is None:
            return None
        positions = self.base.positions([embedding_id])
        if not len(positions) or has_bit(self.buried, int(positions[0])):
            return None
        return np.asarray(self.base.vectors_at(positions)[0])

    def _of_base(self, query: Vectors, most: int, runs: frozenset[str] | None) -> list[Neighbour]:
        if self.base is None:
            return []
        only = None if runs is None else self.base.of_runs(runs)
        scores, positions = self.base.search(query, most, self.buried, only)
        return list(map(Neighbour, self.base.ids_at(positions), scores.tolist()))

    def _buried_with(self, embedding_ids: Collection[str]) -> Bits:
        if self.base is None:
            return self.buried
        positions = self.base.positions(embedding_ids)
        return with_bits(self.buried, positions) if len(positions) else self.buried


def _best_first(each: Neighbour) -> tuple[float, str]:
    return -each.score, each.embedding_id
