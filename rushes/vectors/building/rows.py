"""All embeddings of a space, read while others write."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from rushes.db.reading import kept
from rushes.vectors.building.failures import index_errors
from rushes.vectors.live.base import Vectors
from rushes.vectors.space import EmbeddingSpace, space_parameters
from rushes.vectors.store import latest_change

Progress = Callable[[int, int], None]
"""Called with how many vectors were read, and of how many."""

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class SpaceRows:
    """Embeddings by position. `vectors`: float32 (count, dimension). `run_of`: each one's place in
    `run_ids`. Everything of the space up to `applied_seq` is in it; `first_seq`: of its first row,
    0 for none.
    """

    vectors: Vectors
    ids: list[str]
    run_of: NDArray[np.int32]
    run_ids: list[str]
    first_seq: int
    applied_seq: int


def read_rows(
    connection: Connection,
    space: EmbeddingSpace,
    page_rows: int,
    progress: Progress | None = None,
) -> SpaceRows:
    """Every embedding up to the space's newest change at this moment.

    `connection` is one on which each statement is a transaction of its own, so that no snapshot is
    held for long; `page_rows`: as many as one statement reads. An embedding that is
    deleted meanwhile may be in it or not: its tombstone has a number above `applied_seq`. None can
    come, since seq order is commit order.
    """
    until = latest_change(connection, space, 0) or 0
    parameters = {**space_parameters(space), "until": until}
    (counted,) = kept(_HERE, "count_rows").rows(connection, parameters)
    with index_errors(space):
        vectors: Vectors = np.empty((counted.count, space.dimension), np.float32)
        run_of = np.empty(counted.count, np.int32)
    ids: list[str] = []
    places: dict[str, int] = {}
    first_seq = 0
    for page in _pages(connection, parameters, page_rows):
        begin, first_seq = len(ids), first_seq or page[0].seq
        ids.extend(row.embedding_id for row in page)
        vectors[begin : len(ids)] = _vectors_of(page, space.dimension)
        run_of[begin : len(ids)] = [places.setdefault(row.run_id, len(places)) for row in page]
        if progress is not None:
            progress(len(ids), counted.count)
    count = len(ids)
    return SpaceRows(vectors[:count], ids, run_of[:count], list(places), first_seq, until)


def _pages(
    connection: Connection, parameters: dict[str, Any], page_rows: int
) -> Iterator[Sequence[Any]]:
    after = 0
    while page := kept(_HERE, "page_of_rows").rows(
        connection, {**parameters, "after": after, "limit": page_rows}
    ):
        yield page
        after = page[-1].seq


def _vectors_of(page: Sequence[Any], dimension: int) -> Vectors:
    together = b"".join(row.vector for row in page)
    return np.frombuffer(together, "<f4").reshape(len(page), dimension)
