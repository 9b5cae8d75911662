"""Vectors, and runs that have them, for tests of the embedding store."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import numpy as np
from sqlalchemy import Connection, insert

from rushes.artifacts.vocabulary import EmbeddingKind
from rushes.db.tables import artifacts, runs
from rushes.vectors.space import EmbeddingSpace
from rushes.vectors.store import EmbeddingRow, embedding_id

TEXT = EmbeddingSpace(EmbeddingKind.TEXT, "letters", "1", 4)
IMAGE = EmbeddingSpace(EmbeddingKind.IMAGE, "pictures", "1", 3)


def vector(seed: int = 0, dimension: int = 4) -> bytes:
    """A vector of length one."""
    values = np.random.default_rng(seed).normal(size=dimension)
    return (values / np.linalg.norm(values)).astype("<f4").tobytes()


def add_artifacts(connection: Connection, asset_id: str, count: int) -> tuple[str, list[str]]:
    """A run with that many artifacts, a second each. Returns its id and theirs."""
    run_id = f"r{secrets.token_hex(8)}"
    made_by = {
        "model_profile": "balanced",
        "config_hash": "configuration",
        "input_hash": "input",
        "producer": "test",
        "producer_version": "1",
    }
    run = {"content_version": 1, "stage": "embeddings", "status": "completed", "worker_key": 0}
    connection.execute(insert(runs).values(run_id=run_id, asset_id=asset_id, **run, **made_by))
    made = [f"{run_id}-{number}" for number in range(count)]
    if made:
        connection.execute(
            insert(artifacts),
            [
                {
                    "artifact_id": each,
                    "asset_id": asset_id,
                    "run_id": run_id,
                    "artifact_type": "frame.embedding",
                    "schema_version": 1,
                    "span_start_ms": number * 1000,
                    "span_end_ms": number * 1000 + 1000,
                    "payload": {},
                    **made_by,
                }
                for number, each in enumerate(made)
            ],
        )
    return run_id, made


def rows_of_a_new_run(
    connection: Connection, asset_id: str, spaces: Sequence[EmbeddingSpace]
) -> list[EmbeddingRow]:
    """A run with an artifact for each of `spaces`, and the embeddings that are still to write."""
    run_id, made = add_artifacts(connection, asset_id, len(spaces))
    return [
        EmbeddingRow(
            embedding_id=embedding_id(run_id, space.kind, number),
            asset_id=asset_id,
            run_id=run_id,
            artifact_id=artifact_id,
            space=space,
            start_ms=number * 1000,
            end_ms=number * 1000 + 1000,
            vector=vector(number, space.dimension),
        )
        for number, (artifact_id, space) in enumerate(zip(made, spaces, strict=True))
    ]
