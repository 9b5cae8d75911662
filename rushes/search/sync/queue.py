"""The outbox: what changed in Postgres since the index was told last."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import BigInteger, Connection, Text, cast, delete, func, insert, select
from sqlalchemy.dialects.postgresql import ARRAY

from rushes.db.search_tables import search_sync_claims, search_sync_queue
from rushes.db.sql import load_sql

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Claim:
    """A film that this worker alone works on, and the rows of the queue that it answers."""

    asset_id: str
    queue_ids: tuple[int, ...]
    oldest: datetime


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """What waits. `oldest`: when the first of it was written; None for an empty queue."""

    rows: int
    films: int
    oldest: datetime | None


class SearchSyncQueueRepository:
    """Reads and empties `search_sync_queue`; triggers write it. Each call is in a transaction."""

    def claim(self, connection: Connection, worker_key: int, rows: int, films: int) -> list[Claim]:
        """The films that waited longest and that nobody works on. Coalesced by film.

        What is written later for the same film stays in the queue and is done again.
        """
        wanted = {"worker_key": worker_key, "rows": rows, "films": films}
        found = connection.execute(load_sql(_HERE, "claim"), wanted)
        ids: dict[str, list[int]] = defaultdict(list)
        oldest: dict[str, datetime] = {}
        for row in found:
            ids[row.asset_id].append(row.id)
            oldest[row.asset_id] = min(oldest.get(row.asset_id, row.created_at), row.created_at)
        return [Claim(each, tuple(found_ids), oldest[each]) for each, found_ids in ids.items()]

    def held(self, connection: Connection, worker_key: int) -> set[str]:
        """The films that this worker has claimed and not lost to another that took it for dead."""
        claims = search_sync_claims
        query = select(claims.c.asset_id).where(claims.c.worker_key == worker_key)
        return set(connection.execute(query).scalars())

    def finish(self, connection: Connection, worker_key: int, claims: Sequence[Claim]) -> None:
        """Delete exactly the rows of these claims, and the claims."""
        ids = [each for claim in claims for each in claim.queue_ids]
        connection.execute(
            delete(search_sync_queue).where(
                search_sync_queue.c.id == func.any(cast(ids, ARRAY(BigInteger)))
            )
        )
        self.release(connection, worker_key, [claim.asset_id for claim in claims])

    def release(self, connection: Connection, worker_key: int, asset_ids: Sequence[str]) -> None:
        """Give up these claims; their rows stay."""
        connection.execute(
            delete(search_sync_claims).where(
                search_sync_claims.c.worker_key == worker_key,
                search_sync_claims.c.asset_id == func.any(cast(list(asset_ids), ARRAY(Text))),
            )
        )

    def void_dead_claims(self, connection: Connection) -> list[str]:
        """Delete the claims of workers that are gone. Returns their films."""
        found = connection.execute(load_sql(_HERE, "void_dead_claims"))
        return list(found.scalars())

    def add(self, connection: Connection, asset_ids: Sequence[str]) -> None:
        """Ask for these films to be looked at."""
        if asset_ids:
            rows = [{"asset_id": each, "action": "UPSERT"} for each in asset_ids]
            connection.execute(insert(search_sync_queue), rows)

    def is_empty(self, connection: Connection) -> bool:
        """Whether nothing waits and nothing that waited is still in somebody's hands."""
        waiting = select(search_sync_queue.c.id).limit(1)
        return connection.execute(waiting).first() is None

    def depth(self, connection: Connection) -> QueueDepth:
        """How much waits, and since when."""
        queue = search_sync_queue
        row = connection.execute(
            select(
                func.count().label("rows"),
                func.count(queue.c.asset_id.distinct()).label("films"),
                func.min(queue.c.created_at).label("oldest"),
            )
        ).one()
        return QueueDepth(row.rows, row.films, row.oldest)
