"""The people log: what people said about a library's people. Entries are added, never changed.

The one exception is an erasure, which takes the person's name out of the entries that hold it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from rushes.db.people_tables import people_log


class Action(StrEnum):
    """What an entry says."""

    NAME = "name"
    MERGE = "merge"
    SPLIT = "split"
    HIDE = "hide"
    UNHIDE = "unhide"
    CANNOT_LINK = "cannot_link"
    UNDO = "undo"
    ERASE = "erase"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was said. The payload by action:

    name {cluster_id, name (null: none)} · merge {into, others} · split {cluster_id (the new one),
    from, artifact_ids} · hide, unhide {cluster_id} · cannot_link {one, other} · undo {entry_id} ·
    erase {cluster_ids, faces, documents}
    """

    entry_id: int
    library_slug: str
    action: Action
    payload: Mapping[str, Any]
    author: str
    created_at: datetime


def append(
    connection: Connection,
    library_slug: str,
    action: Action,
    payload: Mapping[str, Any],
    author: str,
) -> Entry:
    """Write an entry. The caller holds the library's lock and brings `people` up to date."""
    values = {
        "library_slug": library_slug,
        "action": action.value,
        "payload": dict(payload),
        "author": author,
    }
    written = connection.execute(insert(people_log).values(**values).returning(people_log))
    return _entry(written.one())


def read_log(connection: Connection, library_slug: str) -> list[Entry]:
    """All entries of a library, the oldest first."""
    query = (
        select(people_log)
        .where(people_log.c.library_slug == library_slug)
        .order_by(people_log.c.entry_id)
    )
    return [_entry(row) for row in connection.execute(query)]


def library_of_entry(connection: Connection, entry_id: int) -> str | None:
    """The library that an entry belongs to; None where there is no such entry."""
    query = select(people_log.c.library_slug).where(people_log.c.entry_id == entry_id)
    return connection.execute(query).scalar()


def library_of_newest(connection: Connection) -> str | None:
    """The library that the newest entry of all belongs to; None where there are none."""
    query = select(people_log.c.library_slug).order_by(people_log.c.entry_id.desc()).limit(1)
    return connection.execute(query).scalar()


def redact_names(connection: Connection, library_slug: str, cluster_ids: Collection[str]) -> int:
    """Take the names of these clusters out of the log. Returns how many entries held one."""
    redacted = 0
    for entry in read_log(connection, library_slug):
        if entry.action is Action.NAME and entry.payload["cluster_id"] in cluster_ids:
            payload = {**entry.payload, "name": None}
            connection.execute(
                update(people_log)
                .where(people_log.c.entry_id == entry.entry_id)
                .values(payload=payload)
            )
            redacted += 1
    return redacted


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        row.entry_id,
        row.library_slug,
        Action(row.action),
        row.payload,
        row.author,
        row.created_at,
    )
