"""Scenes that were found by meaning: a ranking for each vector space, and their documents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rushes.search.documents import SearchDocument
from rushes.search.request import FoundBy, Reason


@dataclass(frozen=True, slots=True)
class Nearby:
    """The moment of a scene that is nearest in one space. `score`: its cosine; times in ms."""

    doc_id: str
    artifact_id: str
    score: float
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Meant:
    """`rankings`: by the key of the space, the best first, no scene twice in one.

    `documents`: of all of them, by `doc_id`. `is_complete`: there are no more above the cut-offs.
    """

    rankings: Mapping[str, Sequence[Nearby]]
    documents: Mapping[str, SearchDocument]
    is_complete: bool

    def reasons(self) -> dict[str, list[Reason]]:
        """Of each scene, the space in which it ranks best first."""
        found: dict[str, list[Reason]] = defaultdict(list)
        for space, ranking in self.rankings.items():
            for rank, near in enumerate(ranking, 1):
                reason = Reason(
                    by=FoundBy.MEANING,
                    rank=rank,
                    score=near.score,
                    space=space,
                    artifact_id=near.artifact_id,
                    start_ms=near.start_ms,
                    end_ms=near.end_ms,
                )
                found[near.doc_id].append(reason)
        for reasons in found.values():
            reasons.sort(key=lambda each: (each.rank or 0, each.space or ""))
        return dict(found)


NOTHING_MEANT = Meant({}, {}, True)
"""What is found where nothing could be asked."""
