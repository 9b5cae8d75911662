"""A question as vectors, and what is to be known of how it became some."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rushes.search.request import Missing
from rushes.similar.request import SimilarAnswer, SpaceQuery
from rushes.vectors.space import EmbeddingSpace


@dataclass(frozen=True, slots=True)
class AskedFace:
    """A face of the picture that asked, in pixels of the picture as it was looked at.

    `quality`: how well it can be recognised, 0..1. `is_asked`: the one that was looked for.
    """

    x: float
    y: float
    width: float
    height: float
    quality: float
    is_asked: bool


@dataclass(frozen=True, slots=True)
class Question:
    """`queries`: several of one space are one question, to each embedding the nearest counts.

    `without`: embeddings that the question itself is made of. `is_text`: words asked, so that a
    picture's cosine means something else.
    """

    queries: Sequence[SpaceQuery]
    missing: Sequence[Missing] = ()
    without: frozenset[str] = frozenset()
    faces: Sequence[AskedFace] = ()
    is_text: bool = False

    def by_space(self) -> dict[EmbeddingSpace, list[bytes]]:
        """The vectors of each space, in the order of the queries."""
        found: dict[EmbeddingSpace, list[bytes]] = {}
        for each in self.queries:
            found.setdefault(each.space, []).append(each.vector)
        return found


@dataclass(frozen=True, slots=True)
class PictureAnswer(SimilarAnswer):
    """The answer to a picture that was asked for a face. `faces`: the best to recognise first."""

    faces: list[AskedFace] = field(default_factory=list)
