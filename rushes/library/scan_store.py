"""What a scan reads and writes in Postgres: whole libraries in a handful of statements."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from operator import attrgetter
from pathlib import Path
from typing import Any

from sqlalchemy import (
    ARRAY,
    CollectionAggregate,
    Connection,
    Engine,
    Text,
    any_,
    delete,
    literal,
    select,
    text,
    update,
)

from rushes.db.sql import load_sql
from rushes.db.tables import asset, asset_versions, library_files
from rushes.errors import InvalidRequestError
from rushes.library.identity import KnownAsset, Match, SeenFile
from rushes.library.stability import FileRecord

_HERE = Path(__file__).parent
_LOCK_SPACE = 0x4C494253  # any fixed number: the first half of every library's advisory lock
_POLL_SECONDS = 0.1
_RECORD_COLUMNS = (
    "path",
    "size_bytes",
    "mtime_ns",
    "first_seen_at",
    "state",
    "content_hash",
    "asset_id",
    "error_code",
    "error_text",
)


@contextmanager
def library_lock(engine: Engine, slug: str, wait_seconds: float) -> Iterator[Connection]:
    """A connection that alone may change the library `slug`; the lock ends with its session.

    Use this very connection for the changes: when it is lost, the lock is lost and so are they.
    Raises InvalidRequestError `library_busy` when another holds it for `wait_seconds`.
    """
    key = {"space": _LOCK_SPACE, "slug": slug}
    with engine.connect() as connection:
        deadline = time.monotonic() + wait_seconds
        while not _try_lock(connection, key):
            if time.monotonic() >= deadline:
                raise InvalidRequestError(
                    f"library {slug!r} is being scanned",
                    code="library_busy",
                    retryable=True,
                    remedy="try again when that scan is over",
                )
            time.sleep(_POLL_SECONDS)
        try:
            yield connection
        finally:
            _unlock(connection, key)


def _try_lock(connection: Connection, key: Mapping[str, Any]) -> bool:
    taken = text("select pg_try_advisory_lock(:space, hashtext(:slug))")
    with connection.begin():
        return bool(connection.execute(taken, key).scalar_one())


def _unlock(connection: Connection, key: Mapping[str, Any]) -> None:
    if connection.in_transaction():
        connection.rollback()
    if connection.invalidated or connection.closed:
        return
    with connection.begin():
        connection.execute(text("select pg_advisory_unlock(:space, hashtext(:slug))"), key)


def known_assets(connection: Connection, slug: str) -> tuple[list[KnownAsset], dict[str, str]]:
    """Every film of the library, and the full hash of each content hash that has one."""
    query = (
        select(
            asset.c.asset_id,
            asset.c.path,
            asset.c.content_hash,
            asset.c.size_bytes,
            asset.c.state,
            asset_versions.c.full_hash,
        )
        .outerjoin(
            asset_versions,
            (asset_versions.c.asset_id == asset.c.asset_id)
            & (asset_versions.c.content_version == asset.c.content_version),
        )
        .where(asset.c.library_slug == slug)
    )
    rows = connection.execute(query).all()
    known = [
        KnownAsset(row.asset_id, row.path, row.content_hash, row.size_bytes, row.state == "missing")
        for row in rows
    ]
    return known, {row.content_hash: row.full_hash for row in rows if row.full_hash is not None}


def file_records(connection: Connection, slug: str) -> dict[str, FileRecord]:
    """What the last looks left, by path."""
    columns = [library_files.c[name] for name in _RECORD_COLUMNS]
    rows = connection.execute(select(*columns).where(library_files.c.library_slug == slug))
    return {row.path: FileRecord(*row) for row in rows}


def missing_records(connection: Connection, slug: str) -> dict[str, FileRecord]:
    """Missing films as what was once taken at their path, so that one that comes back is known."""
    query = select(asset.c.path, asset.c.size_bytes, asset.c.mtime_ns, asset.c.updated_at).where(
        asset.c.library_slug == slug, asset.c.state == "missing"
    )
    return {
        row.path: FileRecord(row.path, row.size_bytes, row.mtime_ns, row.updated_at, "taken")
        for row in connection.execute(query)
    }


def save_files(
    connection: Connection, slug: str, records: Sequence[FileRecord], now: datetime
) -> None:
    """Write looks at files in one statement."""
    if records:
        parameters = _columns(records, _RECORD_COLUMNS)
        connection.execute(load_sql(_HERE, "save_files"), {"slug": slug, "now": now, **parameters})


def forget_files(connection: Connection, slug: str, paths: Collection[str]) -> None:
    """Remove the looks at `paths`."""
    if paths:
        connection.execute(
            delete(library_files).where(
                library_files.c.library_slug == slug, library_files.c.path == _any(paths)
            )
        )


def insert_assets(
    connection: Connection, slug: str, films: Iterable[tuple[str, SeenFile]], now: datetime
) -> None:
    """New films by id, each with its first version."""
    ids, files = [], []
    for asset_id, file in films:
        ids.append(asset_id)
        files.append(file)
    if ids:
        columns = _columns(files, ("path", "content_hash", "size_bytes", "mtime_ns"))
        connection.execute(
            load_sql(_HERE, "insert_assets"),
            {"slug": slug, "now": now, "asset_id": ids, **columns},
        )
        _insert_versions(connection, ids, now)


def place_assets(connection: Connection, matches: Sequence[Match], now: datetime) -> None:
    """Films with the content they had, at a path or mtime that may be new; present again."""
    if matches:
        connection.execute(
            load_sql(_HERE, "place_assets"),
            {
                "now": now,
                "asset_id": [match.asset.asset_id for match in matches],
                "path": [match.file.path for match in matches],
                "mtime_ns": [match.file.mtime_ns for match in matches],
            },
        )


def replace_contents(connection: Connection, matches: Sequence[Match], now: datetime) -> None:
    """Films with new content: each gets its next version."""
    if matches:
        ids = [match.asset.asset_id for match in matches]
        columns = _columns(
            [match.file for match in matches], ("content_hash", "size_bytes", "mtime_ns")
        )
        connection.execute(
            load_sql(_HERE, "replace_contents"), {"now": now, "asset_id": ids, **columns}
        )
        _insert_versions(connection, ids, now)


def mark_missing(connection: Connection, asset_ids: Sequence[str], now: datetime) -> None:
    """Films that were not found. Nothing else about them changes."""
    if asset_ids:
        connection.execute(
            update(asset)
            .where(asset.c.asset_id == _any(asset_ids))
            .values(state="missing", missing_since=now, updated_at=now)
        )


def save_full_hashes(connection: Connection, slug: str, learnt: Mapping[str, str]) -> None:
    """Keep full hashes, by content hash, for later collisions."""
    if learnt:
        connection.execute(
            load_sql(_HERE, "save_full_hashes"),
            {"slug": slug, "content_hash": list(learnt), "full_hash": list(learnt.values())},
        )


def present_asset_ids(connection: Connection, slug: str) -> list[tuple[str, str]]:
    """Id and path of every film that is there, in the order of making."""
    query = select(asset.c.asset_id, asset.c.path).where(
        asset.c.library_slug == slug, asset.c.state == "present"
    )
    return [
        (row.asset_id, row.path) for row in connection.execute(query.order_by(asset.c.asset_id))
    ]


def _insert_versions(connection: Connection, asset_ids: Sequence[str], now: datetime) -> None:
    connection.execute(
        load_sql(_HERE, "insert_versions"), {"asset_id": list(asset_ids), "now": now}
    )


def _columns(rows: Sequence[Any], names: Sequence[str]) -> dict[str, list[Any]]:
    return {name: list(map(attrgetter(name), rows)) for name in names}


def _any(values: Collection[str]) -> CollectionAggregate[Any]:
    return any_(literal(list(values), ARRAY(Text)))
