"""What either engine is asked, and which scenes it finds."""

from __future__ import annotations

from dataclasses import dataclass, field

from rushes.search.query.tree import All, Node
from rushes.search.request import Sort


@dataclass(frozen=True, slots=True)
class Question:
    """`wanted` is what the text asks for, `allowed` what the filters let through.

    `in_time`: the text gives no weight to anything, so that the best comes in order of time.
    """

    wanted: Node
    allowed: Node
    sort: Sort
    limit: int
    offset: int
    facets: tuple[str, ...] = ()
    in_time: bool = False

    @property
    def is_by_relevance(self) -> bool:
        """Whether the best come first, and not the first in time."""
        return self.sort is Sort.RELEVANCE and not self.in_time

    @property
    def node(self) -> Node:
        """Both in one."""
        return All((self.wanted, self.allowed))


@dataclass(frozen=True, slots=True)
class FoundScene:
    """A document that answers. `rev`: under which publication it was found; None: in Postgres."""

    doc_id: str
    asset_id: str
    scene_id: str | None
    scene_index: int | None
    start_ms: int
    end_ms: int
    run_ids: tuple[str, ...]
    rev: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One page. `facets`: of each the (value, count) pairs, most first."""

    total: int
    scenes: list[FoundScene]
    facets: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    is_approximate: bool = False
