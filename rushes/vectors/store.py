"""Embeddings: written in commit order, read by what has changed.

A reader keeps the highest `seq` that it has applied and asks for what lies above. That is sound
only where seq order is commit order within a space, so whoever takes numbers first takes the
space's advisory lock and holds it until its transaction ends. Deletes, cascades included, leave
tombstones with numbers of the same sequence, under the same lock, by triggers of the table.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from rushes.artifacts.vocabulary import EmbeddingKind
from rushes.db.reading import kept
from rushes.db.sql import load_sql
from rushes.vectors.space import EmbeddingSpace, check_vector, space_parameters, spaces_parameters

_HERE = Path(__file__).parent
_BATCH = 1000
_EVERYTHING = 2**31 - 1


@dataclass(frozen=True, slots=True)
class EmbeddingRow:
    """One vector and the artifact that it stands for; its film, run and span are the artifact's.

    `vector`: float32 values, little endian, of length one. Spans in ms from the first frame.
    """

    embedding_id: str
    asset_id: str
    run_id: str
    artifact_id: str
    space: EmbeddingSpace
    start_ms: int
    end_ms: int
    vector: bytes


@dataclass(frozen=True, slots=True)
class SpaceChange:
    """One step of a space: an embedding that came, or, where `vector` is None, one that went.

    With `horizon` it is neither: the tombstones up to there were pruned, so a reader who had not
    applied them has to begin anew.
    """

    seq: int
    embedding_id: str
    run_id: str | None
    vector: bytes | None
    horizon: int | None = None


def embedding_id(run_id: str, kind: EmbeddingKind, ordinal: int) -> str:
    """Deterministic, so that a retried insert is the same row. `ordinal`: place in the run."""
    return hashlib.sha256(f"{run_id}\x00embedding.{kind}\x00{ordinal}".encode()).hexdigest()[:32]


def lock_spaces(connection: Connection, spaces: Collection[EmbeddingSpace]) -> None:
    """Wait for other writers of these spaces, in one fixed order; held until the transaction ends.

    Writing and deleting do this by themselves. Needed only by who takes another lock as well, or
    deletes in several statements: it locks all its spaces here first.
    """
    connection.execute(load_sql(_HERE, "lock_spaces"), spaces_parameters(spaces))


def write_embeddings(connection: Connection, rows: Sequence[EmbeddingRow]) -> int:
    """Write embeddings of artifacts that this transaction wrote. Returns how many are new.

    This has to be the transaction's last statement, right before its commit: from here on every
    other writer of these spaces waits. All of a transaction's rows belong into one call, since
    spaces are locked in one order within a call and not across calls. A row that stands already
    (a retry) is left as it is. Raises InvalidRequestError `bad_vector` before anything is written.
    """
    for row in rows:
        check_vector(row.vector, row.space, of=f"embedding {row.embedding_id}")
    if not rows:
        return 0
    lock_spaces(connection, {row.space for row in rows})
    insert = load_sql(_HERE, "insert_embeddings")
    return sum(connection.execute(insert, _columns(batch)).rowcount for batch in _batches(rows))


def changes_since(
    connection: Connection, space: EmbeddingSpace, applied: int, limit: int | None = None
) -> list[SpaceChange]:
    """What came and went in a space after `applied`, in order of seq; the oldest `limit` of it.

    One statement, so that embeddings and tombstones are seen at one moment. An embedding may go
    without ever having come, when both happened since `applied`.
    """
    parameters = {
        **space_parameters(space),
        "applied": applied,
        "limit": _EVERYTHING if limit is None else limit,
    }
    rows = kept(_HERE, "space_changes").rows(connection, parameters)
    return [
        SpaceChange(
            row.seq,
            row.embedding_id,
            row.run_id,
            None if row.vector is None else bytes(row.vector),
            row.horizon,
        )
        for row in rows
    ]


def latest_change(connection: Connection, space: EmbeddingSpace, applied: int) -> int | None:
    """The seq of a space's newest change above `applied`; None where there is none."""
    (row,) = kept(_HERE, "latest_change").rows(
        connection, {**space_parameters(space), "applied": applied}
    )
    seq: int | None = row.seq
    return seq


def read_spaces(connection: Connection) -> list[EmbeddingSpace]:
    """The spaces that have embeddings, in order of kind, model, version and dimension."""
    return [
        EmbeddingSpace(EmbeddingKind(row.kind), row.model, row.model_version, row.dimension)
        for row in kept(_HERE, "spaces").rows(connection, {})
    ]


def _columns(rows: Sequence[EmbeddingRow]) -> dict[str, list[Any]]:
    return {
        "embedding_ids": [row.embedding_id for row in rows],
        "asset_ids": [row.asset_id for row in rows],
        "run_ids": [row.run_id for row in rows],
        "artifact_ids": [row.artifact_id for row in rows],
        "kinds": [row.space.kind.value for row in rows],
        "models": [row.space.model for row in rows],
        "model_versions": [row.space.model_version for row in rows],
        "dimensions": [row.space.dimension for row in rows],
        "starts": [row.start_ms for row in rows],
        "ends": [row.end_ms for row in rows],
        "vectors": [row.vector for row in rows],
    }


def _batches(rows: Sequence[EmbeddingRow]) -> list[Sequence[EmbeddingRow]]:
    return [rows[first : first + _BATCH] for first in range(0, len(rows), _BATCH)]
