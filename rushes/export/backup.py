"""Writes what people did, of all libraries, into one file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine

from rushes.db.sql import load_sql
from rushes.errors import InvalidRequestError
from rushes.export.backup_file import write_backup_file
from rushes.export.corrections import correction_key, corrections_of
from rushes.export.people_backup import people_records
from rushes.export.records import (
    AuditRecord,
    CorrectionRecord,
    FilmRecord,
    LibraryRecord,
    Record,
)
from rushes.library.records import Library
from rushes.library.repository import all_libraries

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What was written: `records` counts the lines by kind."""

    file: str
    size_bytes: int
    created_at: datetime
    records: dict[str, int] = field(default_factory=dict)


def write_backup(engine: Engine, target: Path, *, with_vectors: bool = True) -> BackupReport:
    """Write a backup of the database as it stands at one moment.

    `with_vectors`: also a few vectors of each person's face, with which a person can be found
    again in other films than those of now. Raises InvalidRequestError `invalid_path`, StorageError.
    """
    if target.is_dir() or not target.parent.is_dir():
        raise InvalidRequestError(
            f"{str(target)!r} is a folder, or lies in none",
            code="invalid_path",
            remedy="give a file in a folder that is there",
        )
    created_at = datetime.now(UTC)
    counts: Counter[str] = Counter()
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        records = _counted(_records(connection, with_vectors=with_vectors), counts)
        size = write_backup_file(target, records, created_at)
    return BackupReport(str(target), size, created_at, dict(counts))


def _counted(records: Iterator[Record], counts: Counter[str]) -> Iterator[Record]:
    for record in records:
        counts[record.kind] += 1
        yield record


def _records(connection: Connection, *, with_vectors: bool) -> Iterator[Record]:
    for library in all_libraries(connection):
        yield _library(connection, library)
        yield from people_records(connection, library.slug, with_vectors=with_vectors)
    for row in connection.execute(load_sql(_HERE, "backup_films")).mappings():
        yield FilmRecord.model_validate(dict(row))
    yield from _corrections(connection)
    for row in connection.execute(load_sql(_HERE, "backup_audit")).mappings():
        yield AuditRecord.model_validate(dict(row))


def _library(connection: Connection, library: Library) -> LibraryRecord:
    contents = connection.execute(
        load_sql(_HERE, "contents_with_faces"), {"library_slug": library.slug}
    ).scalars()
    return LibraryRecord(
        slug=library.slug,
        root=str(library.root),
        include=list(library.include),
        exclude=list(library.exclude),
        settings=dict(library.settings),
        volume_label=library.volume_label,
        contents_with_faces=list(contents),
    )


def _corrections(connection: Connection) -> Iterator[CorrectionRecord]:
    """Once a content, also where several of its films have them."""
    seen: set[tuple[str, str]] = set()
    for _, _, correction in corrections_of(connection):
        key = (correction.content_hash, correction_key(correction))
        if key not in seen:
            seen.add(key)
            yield correction
