"""From the vectors nearest to a question to scenes, further and further out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from rushes.search.documents import SearchDocument
from rushes.search.hybrid.meant import Nearby
from rushes.vectors.generations.manifest import IndexType
from rushes.vectors.live.view import Neighbour, View

FIRST_LOOK: Final = 500
"""Vectors of a space; each further look takes `_FURTHER` times as many."""
_FURTHER: Final = 4
LAST_LOOK: Final = 8_000
_FEW_ANSWER: Final = 4
"""Where fewer than one of so many may answer, only the runs that answer are searched from there."""
MOST_DOCUMENTS: Final = 1_000
"""Scenes of a space whose documents are looked at. 0.1 ms each."""


@dataclass(frozen=True, slots=True)
class AskedSpace:
    """A view of a space, the question as its bytes, and the least cosine that counts."""

    view: View
    vector: bytes
    cut_off: float

    @property
    def is_exact(self) -> bool:
        """Whether every vector is compared."""
        base = self.view.base
        return base is None or base.manifest.index_type is IndexType.FLAT


class Walk:
    """The scenes of one space in the order in which they are met.

    What has been met stays in its place however far the walk goes on, so that a deeper page never
    changes one before it. It ends at the cut-off, where all was looked at, or at the limits.
    """

    def __init__(self, asked: AskedSpace, runs: Collection[str] | None) -> None:
        self.key: Final = asked.view.space.key
        self.ranking: list[Nearby] = []
        self.is_complete = False
        self._asked = asked
        self._query = np.frombuffer(asked.vector, "<f4")
        self._runs = runs
        self._most = FIRST_LOOK
        self._seen: set[str] = set()
        self._met: dict[str, Nearby] = {}
        self._fresh: list[Neighbour] = []
        self._unranked: list[Nearby] = []
        self._is_over = self._is_at_end = False
        self.needs_runs = False

    def goes_on(self, wanted: int) -> bool:
        """Whether fewer than `wanted` scenes are ranked, and there may be more."""
        return not self._is_over and len(self.ranking) < wanted

    def look(self) -> list[str]:
        """The ids of the next embeddings."""
        found = self._asked.view.search(self._query, self._most, self._runs)
        above = [each for each in found if each.score >= self._asked.cut_off]
        self._fresh = [each for each in above if each.embedding_id not in self._seen]
        self._seen.update(each.embedding_id for each in self._fresh)
        is_at_end = len(found) < self._most or len(above) < len(found)
        self.is_complete = is_at_end and self._asked.is_exact
        self._is_over, self._is_at_end = is_at_end or self._most >= LAST_LOOK, is_at_end
        self._most = min(self._most * _FURTHER, LAST_LOOK)
        return [each.embedding_id for each in self._fresh]

    def meet(self, rows: Mapping[str, Any]) -> list[tuple[str, str]]:
        """(asset_id, doc_id) of the scenes that are new. `rows`: of `meant_parts.sql`, by id."""
        answering = sum(each.embedding_id in rows for each in self._fresh)
        is_poor = answering * _FEW_ANSWER < len(self._fresh)
        self.needs_runs = is_poor and self._runs is None and not self._is_at_end
        parts = []
        for each in self._fresh:
            row = rows.get(each.embedding_id)
            if row is None or row.part in self._met:
                continue
            if len(self._met) == MOST_DOCUMENTS:
                self.is_complete, self._is_over, self.needs_runs = False, True, False
                break
            near = Nearby(row.part, row.artifact_id, each.score, row.start_ms, row.end_ms)
            self._met[row.part] = near
            self._unranked.append(near)
            parts.append((row.asset_id, row.part))
        return parts

    def narrow(self, runs: Collection[str]) -> None:
        """Go on with these alone: most of what is near is of runs that answer no longer."""
        self._runs, self._most = frozenset(runs), FIRST_LOOK
        self._is_over = self.needs_runs = False

    def rank(self, allowed: Mapping[str, SearchDocument]) -> None:
        """Of the scenes that were met the allowed ones get their places."""
        self.ranking += [each for each in self._unranked if each.doc_id in allowed]
        self._unranked = []


def parts_of_all(walks: Sequence[Walk], rows: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What these walks meet, each part once."""
    return list(dict.fromkeys(part for walk in walks for part in walk.meet(rows)))
