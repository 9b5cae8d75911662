"""Taking retired revs out of the index, so that readers have less to leave out.

The index deletes late, or never what it deleted once already, and nothing waits for it: a rev is
purged when a search does not find it any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, func, select, update

from rushes.db.search_tables import index_generation, search_revs
from rushes.db.sql import load_sql
from rushes.search.quickwit.client import QuickwitClient
from rushes.search.sync import ledger
from rushes.search.sync.each_index import for_each
from rushes.search.sync.limits import (
    PURGE_GRACE,
    PURGED_KEPT,
    REVS_A_TASK,
    TASK_PAUSE,
    TASK_REPEAT,
    UNKNOWN_GRACE,
)
from rushes.search.sync.searchable import searchable_counts

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class PurgeReport:
    """What a purge did in one index. `waiting`: retired revs that are still to be purged."""

    index_name: str
    purged: int
    asked: int
    waiting: int


def purge(engine: Engine, client: QuickwitClient, now: datetime) -> list[PurgeReport]:
    """Note what is gone from each index, and ask for the rest to be deleted.

    One delete task an index at most; a few of them an hour are what Quickwit takes well. Raises
    the client's errors, an index that is missing after all others are done.
    """
    with engine.connect() as connection:
        names = connection.execute(
            select(index_generation.c.name)
            .where(index_generation.c.state != "dropped")
            .order_by(index_generation.c.name)
        ).scalars()
        indexes = list(names)
    _tidy(engine, now)
    return for_each(indexes, lambda name: _purge_index(engine, client, name, now))


def _purge_index(engine: Engine, client: QuickwitClient, index: str, now: datetime) -> PurgeReport:
    with engine.connect() as connection:
        due = _due(connection, index, now)
    found = searchable_counts(client, index, [row.rev for row in due])
    gone = [row.rev for row in due if row.rev not in found]
    asked = [row.rev for row in due if row.rev in found and _may_ask(row, now)][:REVS_A_TASK]
    if _asked_lately(engine, index, now):
        asked = []
    if asked:
        _ask(engine, client, index, asked, now)
    if gone:
        with engine.begin() as connection:
            ledger.locked_serial(connection)
            ledger.mark_purged(connection, gone)
    with engine.connect() as connection:
        return PurgeReport(index, len(gone), len(asked), unpurged(connection, index))


def unpurged(connection: Connection, index: str) -> int:
    """How many retired revs readers of the index have to leave out."""
    table = search_revs
    query = select(func.count()).where(table.c.index_name == index, table.c.state == "retired")
    return int(connection.execute(query).scalar_one())


def _due(connection: Connection, index: str, now: datetime) -> Sequence[Row[Any]]:
    """Retired revs that no reader can know any more and of which nothing can still arrive."""
    values = {"index_name": index, "read": now - PURGE_GRACE, "arrived": now - UNKNOWN_GRACE}
    return connection.execute(load_sql(_HERE, "due_for_purge"), values).all()


def _asked_lately(engine: Engine, index: str, now: datetime) -> bool:
    table = search_revs
    query = select(func.max(table.c.task_at)).where(
        table.c.index_name == index, table.c.state == "retired"
    )
    with engine.connect() as connection:
        last = connection.execute(query).scalar_one()
    return last is not None and last > now - TASK_PAUSE


def _tidy(engine: Engine, now: datetime) -> None:
    """And give their time to those that were retired with their film."""
    table = search_revs
    with engine.begin() as connection:
        connection.execute(
            update(table)
            .where(table.c.state == "retired", table.c.retired_at.is_(None))
            .values(retired_at=now)
        )
        connection.execute(
            delete(table).where(
                table.c.state == "purged",
                func.coalesce(table.c.retired_at, table.c.created_at) < now - PURGED_KEPT,
            )
        )


def _may_ask(row: Row[Any], now: datetime) -> bool:
    return row.task_at is None or row.task_at <= now - TASK_REPEAT


def _ask(
    engine: Engine, client: QuickwitClient, index: str, revs: Sequence[int], now: datetime
) -> None:
    """By rev, which no document that is still to come can have."""
    query = f"rev:IN [{' '.join(map(str, revs))}]"
    opstamp = client.create_delete_task(index, query, ["doc_id"])
    with engine.begin() as connection:
        connection.execute(
            update(search_revs)
            .where(search_revs.c.rev.in_(list(revs)))
            .values(task_opstamp=opstamp, task_at=now)
        )
