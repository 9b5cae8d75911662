"""Vectors that have to go for good: which generations may still hold them, and until when.

A delete buries a vector; its bytes stay in a generation's files until one is built from Postgres
that has applied the delete. `vector_purges` keeps up to where that is owed.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import nullcontext
from pathlib import Path

from sqlalchemy import Connection, Engine, select

from rushes.artifacts.vocabulary import EmbeddingKind
from rushes.db.reading import reading
from rushes.db.sql import load_sql
from rushes.db.vector_tables import vector_purges
from rushes.vectors.anchors import holds
from rushes.vectors.building.database import database_identity
from rushes.vectors.errors import GenerationDamagedError
from rushes.vectors.generations.folder import SpaceFolder
from rushes.vectors.generations.reading import read_manifest
from rushes.vectors.space import EmbeddingSpace, spaces_parameters

_HERE = Path(__file__).parent


def request_purge(connection: Connection, spaces: Collection[EmbeddingSpace]) -> None:
    """Owe that what was deleted from these spaces, by this transaction too, leaves all files.

    Part of the transaction that deletes, after the delete. Spaces without tombstones owe nothing.
    """
    connection.execute(load_sql(_HERE, "request_purge"), spaces_parameters(spaces))


def purges(connection: Connection) -> dict[EmbeddingSpace, int]:
    """By space the seq up to which what was deleted must be in no file."""
    return {
        EmbeddingSpace(EmbeddingKind(row.kind), row.model, row.model_version, row.dimension): (
            row.seq
        )
        for row in connection.execute(select(vector_purges))
    }


def generations_holding(root: Path, where: Connection | Engine) -> list[str]:
    """`<space key>/<generation>` of all that may hold erased vectors, under this root; also what
    writers left behind that died, or are writing now. Their names begin with a dot.
    """
    opened = reading(where) if isinstance(where, Engine) else nullcontext(where)
    with opened as connection:
        return [
            f"{space.key}/{name}"
            for space, seq in purges(connection).items()
            for name in _holding(connection, SpaceFolder(root, space), seq)
        ]


def generations_holding_space(engine: Engine, folder: SpaceFolder) -> list[str]:
    """The names of those of one space."""
    with reading(engine) as connection:
        seq = purges(connection).get(folder.space)
        if seq is None:
            return []
        return _holding(connection, folder, seq)


def purge_done(root: Path, engine: Engine) -> bool:
    """Whether no generation under this root may hold erased vectors any more.

    What is owed stays written down: other machines have files of their own, and a folder may be
    put back from a backup.
    """
    return not generations_holding(root, engine)


def sweep_leftovers(root: Path, engine: Engine) -> None:
    """Remove what dead writers left of spaces from which an erasure is owed. StorageError."""
    with reading(engine) as connection:
        owed = purges(connection)
    for space in owed:
        sweep_space(SpaceFolder(root, space))


def sweep_space(folder: SpaceFolder) -> None:
    """Remove what dead writers left of a space; nothing while somebody writes. StorageError."""
    if not folder.leftovers():
        return
    with folder.try_locked() as nobody_writes:
        if nobody_writes:
            folder.remove_leftovers()


def _holding(connection: Connection, folder: SpaceFolder, seq: int) -> list[str]:
    # What has no name goes to the next one: it is looked at first, then the names.
    nameless = folder.leftovers()
    return [name for name in folder.names() if _may_hold(connection, folder, name, seq)] + nameless


def _may_hold(connection: Connection, folder: SpaceFolder, name: str, seq: int) -> bool:
    """What cannot be read, or counts the changes of another database or past, may hold anything."""
    try:
        manifest = read_manifest(folder, name).manifest
    except GenerationDamagedError:
        return True
    if manifest.compacted_seq < seq or manifest.database != database_identity(connection):
        return True
    return not holds(connection, folder.space, manifest.anchor)
