"""Many embeddings of one space, and what Postgres holds of it, for tests of generations."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection, delete, insert, select, text

from rushes.artifacts.vocabulary import EmbeddingKind
from rushes.db.analysis_tables import embeddings
from rushes.db.tables import runs
from rushes.vectors.generations.folder import SpaceFolder
from rushes.vectors.live.base import Vectors
from rushes.vectors.space import EmbeddingSpace
from rushes.vectors.store import EmbeddingRow, write_embeddings
from tests.integration.indexed_films import IndexedFilms

_MADE_BY = {
    "model_profile": "balanced",
    "config_hash": "configuration",
    "input_hash": "input",
    "producer": "test",
    "producer_version": "1",
}
_ARTIFACTS = text(
    """
    insert into artifacts (
        artifact_id, asset_id, run_id, artifact_type, schema_version, span_start_ms, span_end_ms,
        payload, model_profile, config_hash, input_hash, producer, producer_version
    )
    select :run_id || '-' || number, :asset_id, :run_id, 'frame.embedding', 1, number,
        number + 1, '{}', 'balanced', 'configuration', 'input', 'test', '1'
    from generate_series(1, :count) as number
    """
)


def random_units(count: int, dimension: int, seed: int = 0) -> Vectors:
    """float32 (count, dimension), of length one, in all directions."""
    made = np.random.default_rng(seed).normal(size=(count, dimension))
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float32)


def clustered_units(count: int, dimension: int, clusters: int, seed: int = 0) -> Vectors:
    """float32 (count, dimension), of length one, near some directions."""
    rng = np.random.default_rng(seed)
    middles = rng.normal(size=(clusters, dimension))
    made = middles[rng.integers(clusters, size=count)] + 0.3 * rng.normal(size=(count, dimension))
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float32)


@dataclass
class SpaceWriting:
    """Writes one space of a database; `rows` are all that were ever written, by id."""

    films: IndexedFilms
    space: EmbeddingSpace
    rows: dict[str, EmbeddingRow] = field(default_factory=dict)

    @classmethod
    def of(cls, films: IndexedFilms, dimension: int = 8) -> SpaceWriting:
        """A space that nobody has written to."""
        model = f"model {secrets.token_hex(4)}"
        return cls(films, EmbeddingSpace(EmbeddingKind.TEXT, model, "1", dimension))

    def folder(self, root: Path) -> SpaceFolder:
        return SpaceFolder(root, self.space)

    def write(self, vectors: Vectors, film: str | None = None) -> list[str]:
        """A new run with these, float32 (count, dimension), committed. Returns their ids."""
        with self.films.engine.begin() as connection:
            made = self.rows_of_a_run(connection, film or self.films.film(), vectors)
            write_embeddings(connection, made)
        return [row.embedding_id for row in made]

    def rows_of_a_run(
        self, connection: Connection, film: str, vectors: Vectors
    ) -> list[EmbeddingRow]:
        """A new run with artifacts; the embeddings are still to be written."""
        run_id = f"r{secrets.token_hex(8)}"
        run = {"content_version": 1, "stage": "embeddings", "status": "completed", "worker_key": 0}
        connection.execute(insert(runs).values(run_id=run_id, asset_id=film, **run, **_MADE_BY))
        parameters = {"run_id": run_id, "asset_id": film, "count": len(vectors)}
        connection.execute(_ARTIFACTS, parameters)
        made = [
            EmbeddingRow(
                f"{run_id}e{number}",
                film,
                run_id,
                f"{run_id}-{number}",
                self.space,
                number,
                number + 1,
                vector.astype("<f4").tobytes(),
            )
            for number, vector in enumerate(vectors, 1)
        ]
        self.rows.update((row.embedding_id, row) for row in made)
        return made

    def delete(self, embedding_ids: list[str]) -> None:
        with self.films.engine.begin() as connection:
            connection.execute(
                delete(embeddings).where(embeddings.c.embedding_id.in_(embedding_ids))
            )

    def delete_where(self, table: Any, **values: str) -> None:
        """A delete that cascades, of `asset`, `runs` or `artifacts`."""
        with self.films.engine.begin() as connection:
            connection.execute(delete(table).filter_by(**values))

    def write_again(self, embedding_id: str, vector: Vectors) -> None:
        """An embedding that was deleted comes again, with another vector of the same artifact."""
        row = replace(self.rows[embedding_id], vector=vector.astype("<f4").tobytes())
        with self.films.engine.begin() as connection:
            write_embeddings(connection, [row])

    def truth(self) -> dict[str, bytes]:
        """The vectors of the space by their embedding ids, as Postgres has them."""
        query = select(embeddings.c.embedding_id, embeddings.c.vector).where(
            embeddings.c.model == self.space.model
        )
        with self.films.engine.connect() as connection:
            return {row.embedding_id: bytes(row.vector) for row in connection.execute(query)}
