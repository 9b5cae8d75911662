"""Forgetting tombstones that every kept generation has applied.

In their place stays one marker, a row of the same stream with `horizon` up to where they were
pruned: a reader who had not applied them sees it and begins anew.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from rushes.db.sql import load_sql
from rushes.vectors.errors import GenerationDamagedError
from rushes.vectors.generations.folder import SpaceFolder
from rushes.vectors.generations.reading import read_manifest
from rushes.vectors.space import EmbeddingSpace, space_parameters
from rushes.vectors.store import lock_spaces

_HERE = Path(__file__).parent


def prune_tombstones(engine: Engine, space: EmbeddingSpace, up_to_seq: int) -> int:
    """Delete the tombstones of a space with `seq <= up_to_seq`. Returns how many there were.

    `up_to_seq`: what the oldest generation that is still wanted has applied. Older ones, and
    those of other machines, begin anew from Postgres when they meet the marker.
    """
    parameters = {**space_parameters(space), "up_to": up_to_seq}
    with engine.begin() as connection:
        # The marker's number has to be in commit order like all others.
        lock_spaces(connection, [space])
        counted = connection.execute(load_sql(_HERE, "prune_tombstones"), parameters)
        return int(counted.scalar_one())


def prunable_seq(folder: SpaceFolder) -> int | None:
    """What all generations of a folder have applied; None where that cannot be told."""
    applied = []
    for name in folder.names():
        try:
            applied.append(read_manifest(folder, name).manifest.applied_seq)
        except GenerationDamagedError:
            continue  # nobody will begin with it
    return min(applied, default=None)
