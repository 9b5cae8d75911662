"""How the outbox, the ledger and the indexes stand, from Postgres alone: no engine is asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine

from rushes.db.sql import load_sql
from rushes.search.sync.queue import SearchSyncQueueRepository

_HERE = Path(__file__).parent
_LAST_PUBLICATIONS: Final = 200


@dataclass(frozen=True, slots=True)
class OutboxStatus:
    """What an operator has to watch. Cheap: one statement, asked every few seconds.

    `oldest_seconds`: how long the first row of the queue has waited; None for an empty queue.
    `oldest_id`, `newest_id`: of its rows, 0 for an empty one; the same two are the same work.
    `claims`: films that a worker has in hand. `due_failures`: whose next try is due now.
    `drift` and `reconciled_at`: of the last comparison; None before the first.
    `oldest_xmin_age`: in transactions; while it grows, dead rows of the queue are not cleaned.
    `queue_dead_rows`: as Postgres estimates them.
    """

    queue_rows: int
    oldest_seconds: float | None
    oldest_id: int
    newest_id: int
    claims: int
    dead_failures: int
    waiting_failures: int
    due_failures: int
    unpurged_revs: int
    pending_revs: int
    reconciled_at: datetime | None
    drift: int | None
    oldest_xmin_age: int
    oldest_transaction_seconds: float
    queue_dead_rows: int

    @property
    def has_work(self) -> bool:
        """Whether a drain would find something to do."""
        return self.queue_rows > 0 or self.due_failures > 0


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """One index that is not dropped. `films` and `documents`: what counts of it now.

    The last three are the libraries for which it answers, will answer, and answered before.
    """

    name: str
    state: str
    is_written: bool
    films: int
    documents: int
    unpurged_revs: int
    pending_revs: int
    active_of: list[str]
    shadow_of: list[str]
    previous_of: list[str]


@dataclass(frozen=True, slots=True)
class Publishing:
    """Seconds from a film's new rev to its being searchable, of the last `publications` films.

    The wait in the queue before that is not kept; None where nothing was published yet.
    """

    publications: int
    median_seconds: float | None
    p95_seconds: float | None


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """All of it."""

    outbox: OutboxStatus
    queue_films: int
    publishing: Publishing
    indexes: list[IndexStatus]


def outbox_status(connection: Connection) -> OutboxStatus:
    """The counts alone."""
    return OutboxStatus(*connection.execute(load_sql(_HERE, "status")).one())


def sync_status(engine: Engine) -> SyncStatus:
    """Everything, at one moment."""
    with engine.connect() as connection:
        snapshot = connection.execution_options(isolation_level="REPEATABLE READ")
        last = {"publications": _LAST_PUBLICATIONS}
        return SyncStatus(
            outbox=outbox_status(snapshot),
            queue_films=SearchSyncQueueRepository().depth(snapshot).films,
            publishing=Publishing(
                *snapshot.execute(load_sql(_HERE, "publishing_seconds"), last).one()
            ),
            indexes=[
                IndexStatus(*row) for row in snapshot.execute(load_sql(_HERE, "index_status"))
            ],
        )
