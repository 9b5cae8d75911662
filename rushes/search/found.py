"""What either engine is asked, and which scenes it finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from rushes.search.query.tree import All, Node
from rushes.search.request import FoundBy, Reason, Sort


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
    """A document that answers. `rev`: under which publication it was found; None: in Postgres.

    `reasons`: why it is among the hits of a hybrid search; none: by its words.
    """

    doc_id: str
    asset_id: str
    scene_id: str | None
    scene_index: int | None
    start_ms: int
    end_ms: int
    run_ids: tuple[str, ...]
    rev: int | None = None
    reasons: tuple[Reason, ...] = ()

    @classmethod
    def of(cls, fields: Mapping[str, Any], rev: int | None = None) -> Self:
        """Of the fields of a document, or of as many as an index keeps."""
        return cls(
            doc_id=fields["doc_id"],
            asset_id=fields["asset_id"],
            scene_id=fields.get("scene_id"),
            scene_index=fields.get("scene_index"),
            start_ms=fields["start_ms"],
            end_ms=fields["end_ms"],
            run_ids=tuple(fields.get("run_ids") or ()),
            rev=rev,
        )

    @property
    def is_by_text(self) -> bool:
        """Whether it has the words."""
        return not self.reasons or any(each.by is FoundBy.TEXT for each in self.reasons)

    @property
    def meant(self) -> list[str]:
        """The artifacts that it was found by for their meaning."""
        return [each.artifact_id for each in self.reasons if each.artifact_id is not None]


@dataclass(frozen=True, slots=True)
class Found:
    """One page. `facets`: of each the (value, count) pairs, most first."""

    total: int
    scenes: list[FoundScene]
    facets: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    is_approximate: bool = False
