"""What models embedded before, by the sha256 of the exact input, in Postgres for all processes.

A vector is found only for the very same bytes under the very same model, version and dimension.
What failed is never kept, since only vectors can be stored.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, func, select

from rushes.db.analysis_tables import embedding_cache, embedding_cache_counters
from rushes.db.sql import load_sql
from rushes.vectors.space import EmbeddingSpace, check_vector

ENTRY_BYTES = 256
"""What an entry takes beside its vector: key, two index entries, row headers."""
_PRUNED_TO = 0.9
"""A full cache is emptied down to this share of its budget, so that not every store prunes."""
_LOOKS_A_BUDGET = 100
"""The total is added up after each hundredth of the budget that this process has stored."""
_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class ModelUse:
    """How often a model's inputs were found, since the database was made."""

    model: str
    hits: int
    misses: int

    @property
    def hit_rate(self) -> float:
        """0..1; 0 where nothing was looked up."""
        return self.hits / max(self.hits + self.misses, 1)


@dataclass(frozen=True, slots=True)
class EmbeddingCacheStatus:
    """How full the cache is, and how much it spares."""

    entries: int
    bytes: int
    budget_bytes: int
    models: tuple[ModelUse, ...]


class EmbeddingCache:
    """Vectors by input. Safe between threads and processes; each call is its own transaction.

    `budget_bytes`: what the entries may take; 0 keeps nothing.
    """

    def __init__(self, engine: Engine, budget_bytes: int) -> None:
        self._engine = engine
        self._budget_bytes = budget_bytes
        self._stored_since_look = budget_bytes  # so that the first store looks

    def lookup(self, space: EmbeddingSpace, inputs: Sequence[bytes]) -> list[bytes | None]:
        """The vector of each input, None where it is not known. Counts hits and misses."""
        if not inputs:
            return []
        keys = [hashlib.sha256(each).digest() for each in inputs]
        with self._engine.begin() as connection:
            known = self._known(connection, space, sorted(set(keys)))
            found = [known.get(key) for key in keys]
            hits = sum(each is not None for each in found)
            connection.execute(
                load_sql(_HERE, "count_lookups"),
                {"model": space.model, "hits": hits, "misses": len(found) - hits},
            )
        return found

    def store(self, space: EmbeddingSpace, entries: Sequence[tuple[bytes, bytes]]) -> None:
        """Keep (input, vector) pairs; one that is known stays as it is. Prunes a full cache.

        Raises InvalidRequestError `bad_vector` before anything is written.
        """
        for number, (_, vector) in enumerate(entries):
            check_vector(vector, space, of=f"input {number} for {space.model}", unit=False)
        if not entries or not self._budget_bytes:
            return
        # In one order everywhere: two processes that store the same inputs never deadlock.
        rows = sorted({hashlib.sha256(data).digest(): vector for data, vector in entries}.items())
        size = 4 * space.dimension + ENTRY_BYTES
        parameters = {
            **_model(space),
            "keys": [key for key, _ in rows],
            "vectors": [vector for _, vector in rows],
            "bytes": size,
        }
        with self._engine.begin() as connection:
            connection.execute(load_sql(_HERE, "cache_entries"), parameters)
        self._stored_since_look += size * len(rows)
        if self._stored_since_look >= self._budget_bytes / _LOOKS_A_BUDGET:
            self.prune()

    def prune(self) -> int:
        """Remove the least recently used entries where the budget is passed. Returns how many."""
        self._stored_since_look = 0
        with self._engine.begin() as connection:
            if _total(connection) <= self._budget_bytes:
                return 0
            limit = int(self._budget_bytes * _PRUNED_TO)
            return connection.execute(load_sql(_HERE, "prune_cache"), {"limit": limit}).rowcount

    def status(self) -> EmbeddingCacheStatus:
        """Entries, bytes and the hits of each model."""
        counters = embedding_cache_counters
        with self._engine.connect() as connection:
            count = select(func.count()).select_from(embedding_cache)
            entries = connection.execute(count).scalar_one()
            used = connection.execute(select(counters).order_by(counters.c.model)).all()
            models = tuple(ModelUse(row.model, row.hits, row.misses) for row in used)
            return EmbeddingCacheStatus(entries, _total(connection), self._budget_bytes, models)

    def _known(
        self, connection: Connection, space: EmbeddingSpace, keys: list[bytes]
    ) -> dict[bytes, bytes]:
        parameters = {**_model(space), "keys": keys}
        rows = connection.execute(load_sql(_HERE, "cached_vectors"), parameters).all()
        stale = [bytes(row.input_sha256) for row in rows if row.is_stale]
        if stale:
            connection.execute(load_sql(_HERE, "touch_cache"), {**parameters, "keys": stale})
        return {bytes(row.input_sha256): bytes(row.vector) for row in rows}


def _model(space: EmbeddingSpace) -> dict[str, Any]:
    return {
        "model": space.model,
        "model_version": space.model_version,
        "dimension": space.dimension,
    }


def _total(connection: Connection) -> int:
    total = select(func.coalesce(func.sum(embedding_cache.c.bytes), 0))
    return int(connection.execute(total).scalar_one())
