"""How many vectors a space has, for comparing an index with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from rushes.db.reading import kept
from rushes.vectors.space import EmbeddingSpace, space_parameters

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class SpaceCount:
    """At one moment. `latest_seq`: of the newest change, 0 for none."""

    embeddings: int
    latest_seq: int


def count_space(connection: Connection, space: EmbeddingSpace) -> SpaceCount:
    """One statement, so that both are of one moment. Linear in the embeddings of the space."""
    (row,) = kept(_HERE, "count_space").rows(connection, space_parameters(space))
    return SpaceCount(row.embeddings, row.latest_seq)


def count_embeddings(connection: Connection, space: EmbeddingSpace) -> int:
    """The embeddings that stand."""
    return count_space(connection, space).embeddings
