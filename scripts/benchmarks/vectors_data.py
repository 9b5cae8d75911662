"""Embeddings in a Postgres of their own, by COPY, with the films and artifacts they are of."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final

import psycopg
from sqlalchemy import Connection, Engine, TextClause, insert, text

from rushes.artifacts.vocabulary import EmbeddingKind
from rushes.db.sql import load_sql
from rushes.db.tables import libraries
from rushes.pipeline.startup import close_context, open_context
from rushes.settings import Settings
from rushes.vectors.space import EmbeddingSpace
from rushes.vectors.store import lock_spaces
from scripts.benchmarks.navigation_data import settings_of
from scripts.benchmarks.own_data import remove_folder
from scripts.benchmarks.vectors_made import Rows

LIBRARY: Final = "vectors"
A_FILM: Final = 500
"""Embeddings of one film."""
_HERE = Path(__file__).parent
_COPY = """
copy embeddings (
    embedding_id, asset_id, run_id, artifact_id, kind, model, model_version, dimension, start_ms,
    end_ms, vector
) from stdin (format binary)
"""
_TYPES: Final = ("text",) * 7 + ("int4", "int8", "int8", "bytea")


@dataclass(frozen=True, slots=True)
class Data:
    """A data directory with a Postgres that answers."""

    folder: Path
    settings: Settings
    engine: Engine


@dataclass(frozen=True, slots=True)
class Filled:
    """What was written: the embeddings of `space`, whose ids begin with `prefix` before hashing."""

    space: EmbeddingSpace
    prefix: str
    count: int

    def id_of(self, number: int) -> str:
        """The embedding id of the row of that number."""
        return embedding_id(self.prefix, number)


def space_of(name: str, dimension: int) -> EmbeddingSpace:
    """A space of its own for each set of vectors."""
    return EmbeddingSpace(EmbeddingKind.TEXT, name, "1", dimension)


def embedding_id(prefix: str, number: int) -> str:
    """As long as those of the pipeline."""
    return hashlib.sha256(f"{prefix}-{number}".encode()).hexdigest()[:32]


@contextmanager
def own_database() -> Iterator[Data]:
    """An empty one in a temporary folder, which is removed after."""
    folder = Path(mkdtemp(prefix="rushes-vectors-"))
    folder.chmod(0o755)  # else the cluster would lie elsewhere where root runs this
    settings = settings_of(folder)
    try:
        engine = open_context(settings).engine
        with engine.begin() as connection:
            connection.execute(insert(libraries), [{"slug": LIBRARY, "root": f"/{LIBRARY}"}])
        yield Data(folder, settings, engine)
    finally:
        close_context(settings)
        remove_folder(folder)


def fill(engine: Engine, space: EmbeddingSpace, blocks: Iterable[Rows]) -> Filled:
    """One transaction a block; `blocks`: float32 (n, dimension), of length one."""
    prefix, done = space.model, 0
    for rows in blocks:
        with engine.begin() as connection:
            _add(connection, space, prefix, done, rows)
        done += len(rows)
    analyse(engine)
    return Filled(space, prefix, done)


def analyse(engine: Engine) -> None:
    """What autovacuum does in a library that grows more slowly."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum (analyze)"))


def statement(name: str) -> TextClause:
    """The one in `sql/vectors/NAME.sql`."""
    return load_sql(_HERE, f"vectors/{name}")


def _add(
    connection: Connection, space: EmbeddingSpace, prefix: str, first: int, rows: Rows
) -> None:
    """Films, runs, artifacts and embeddings, without the triggers that keep answers."""
    connection.execute(text("set local synchronous_commit = off"))
    connection.execute(text("set local session_replication_role = replica"))
    add_artifacts(connection, f"{prefix}-{first}", len(rows))
    lock_spaces(connection, [space])
    _copy(connection, space, prefix, first, rows)


def add_artifacts(connection: Connection, films: str, count: int) -> None:
    """So many artifacts, `A_FILM` a film; the films' ids begin with `films`."""
    values = {"prefix": films, "library": LIBRARY, "each": A_FILM, "stage": "text_embeddings"}
    made = {**values, "films": -(-count // A_FILM)}
    connection.execute(statement("add_films"), made)
    described = {"artifact_type": "text.embedding", "payload": "{}", "first": 0, "count": count}
    connection.execute(statement("add_artifacts"), {**values, **described})


def _copy(
    connection: Connection, space: EmbeddingSpace, prefix: str, first: int, rows: Rows
) -> None:
    own = connection.connection.driver_connection
    assert isinstance(own, psycopg.Connection)
    with own.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.set_types(_TYPES)
        for number, row in enumerate(rows):
            copy.write_row(_columns(space, prefix, first, number, row.tobytes()))


def _columns(
    space: EmbeddingSpace, prefix: str, first: int, number: int, vector: bytes
) -> tuple[Any, ...]:
    films = f"{prefix}-{first}"
    film, start = f"{films}-{number // A_FILM}", number % A_FILM * 1000
    of = (embedding_id(prefix, first + number), film, f"{film}-run", f"{films}-a{number}")
    kind = (space.kind.value, space.model, space.model_version, space.dimension)
    return (*of, *kind, start, start + 1000, vector)
