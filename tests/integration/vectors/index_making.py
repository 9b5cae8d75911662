"""Spaces with vectors in Postgres, and indexes over them, for tests of the live indexes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, select
from vector_making import add_artifacts

from rushes.artifacts.vocabulary import EmbeddingKind
from rushes.db.analysis_tables import embeddings
from rushes.vectors.care import IndexCare
from rushes.vectors.events import HappenedEvent, recent
from rushes.vectors.indexes import VectorIndexes
from rushes.vectors.live.view import View
from rushes.vectors.opened import OpenedIndex
from rushes.vectors.options import IndexOptions, SavePolicy
from rushes.vectors.space import EmbeddingSpace
from rushes.vectors.store import EmbeddingRow, embedding_id, write_embeddings
from tests.integration.indexed_films import IndexedFilms

SPACE = EmbeddingSpace(EmbeddingKind.TEXT, "made up", "1", 16)
MANY = 120
"""More than are kept in memory only."""
BY_HAND = IndexOptions(save=SavePolicy.MANUAL, in_memory=100)
AT_ONCE = replace(BY_HAND, save=SavePolicy.IMMEDIATE)
_seeds = itertools.count(1)


def unit(seed: int, dimension: int = SPACE.dimension) -> NDArray[np.float32]:
    """A vector of length one."""
    values = np.random.default_rng(seed).standard_normal(dimension)
    return np.asarray(values / np.linalg.norm(values), "<f4")


def new_rows(
    connection: Connection, film: str, count: int, space: EmbeddingSpace = SPACE
) -> list[EmbeddingRow]:
    """A run with so many artifacts, and their embeddings, still to write; no two are alike."""
    run_id, made = add_artifacts(connection, film, count)
    return [
        EmbeddingRow(
            embedding_id=embedding_id(run_id, space.kind, number),
            asset_id=film,
            run_id=run_id,
            artifact_id=artifact_id,
            space=space,
            start_ms=number * 1000,
            end_ms=number * 1000 + 1000,
            vector=unit(next(_seeds), space.dimension).tobytes(),
        )
        for number, artifact_id in enumerate(made)
    ]


def add_vectors(films: IndexedFilms, count: int, space: EmbeddingSpace = SPACE) -> str:
    """A new film with so many; its id."""
    film = films.film()
    with films.engine.begin() as connection:
        write_embeddings(connection, new_rows(connection, film, count, space))
    return film


def assert_holds_what_stands(view: View, engine: Engine) -> None:
    """Each embedding of Postgres is found by its own vector, and nothing else is there."""
    query = select(embeddings.c.embedding_id, embeddings.c.vector).where(
        embeddings.c.kind == view.space.kind.value,
        embeddings.c.model == view.space.model,
        embeddings.c.model_version == view.space.model_version,
    )
    with engine.connect() as connection:
        rows = {row.embedding_id: bytes(row.vector) for row in connection.execute(query)}
    assert view.count == len(rows)
    found = view.search(unit(0, view.space.dimension), len(rows) + 50)
    assert {each.embedding_id for each in found} == set(rows)
    for name in list(rows)[:: max(1, len(rows) // 50)]:
        vector = np.frombuffer(rows[name], "<f4")
        assert view.search(vector, 1)[0].embedding_id == name
        assert np.array_equal(view.vector(name), vector)


@contextmanager
def opened_indexes(
    engine: Engine, root: Path, options: IndexOptions = BY_HAND
) -> Iterator[VectorIndexes]:
    """Those of one process, closed after."""
    indexes = VectorIndexes(engine, root, options)
    try:
        yield indexes
    finally:
        indexes.close()


def care_of(indexes: VectorIndexes, space: EmbeddingSpace = SPACE) -> IndexCare:
    """What the keeper does for a space, opened if need be."""
    indexes.of(space)
    (opened,) = [each for each in indexes.opened() if each.live.space == space]
    assert isinstance(opened, OpenedIndex)
    return IndexCare(opened)


def events_of(engine: Engine, space: EmbeddingSpace = SPACE) -> list[HappenedEvent]:
    """The oldest first."""
    with engine.connect() as connection:
        return recent(connection, space.key, 100)[::-1]


def flip_byte(path: Path, at: int = -1) -> None:
    """Change one bit of a file in place, as a failing disk does."""
    data = path.read_bytes()
    position = at % len(data)
    with path.open("r+b") as file:
        file.seek(position)
        file.write(bytes([data[position] ^ 1]))
