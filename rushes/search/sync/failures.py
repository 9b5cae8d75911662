"""Films that could not be published: each apart, visible, and tried again later."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, delete, select, tuple_, update

from rushes.db.search_tables import search_sync_failures
from rushes.db.sql import load_sql
from rushes.errors import RushesError
from rushes.search.sync.limits import ATTEMPTS, FIRST_RETRY

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a film is not in an index. A permanent one is not tried again by itself."""

    index_name: str
    asset_id: str
    code: str
    text: str
    is_permanent: bool

    @classmethod
    def of(cls, index_name: str, asset_id: str, error: Exception) -> Failure:
        """Of what was raised: what is no error of ours may be mended by another try."""
        if isinstance(error, RushesError):
            return cls(index_name, asset_id, error.code, str(error), not error.retryable)
        return cls(
            index_name, asset_id, "search_document", f"{type(error).__name__}: {error}", False
        )


@dataclass(frozen=True, slots=True)
class FailedFilm:
    """A failure as it is kept."""

    index_name: str
    asset_id: str
    attempts: int
    next_attempt_at: datetime | None
    error_code: str
    error_text: str
    is_dead: bool


def record(connection: Connection, now: datetime, failures: Sequence[Failure]) -> None:
    """Keep them. Each further failure of a film waits longer, after `ATTEMPTS` it is dead."""
    values = {
        "index_names": [each.index_name for each in failures],
        "asset_ids": [each.asset_id for each in failures],
        "codes": [each.code for each in failures],
        "texts": [each.text.replace("\0", " ") for each in failures],
        "are_permanent": [each.is_permanent for each in failures],
        "now": now,
        "first_seconds": FIRST_RETRY.total_seconds(),
        "most": ATTEMPTS,
    }
    if failures:
        connection.execute(load_sql(_HERE, "record_failures"), values)


def clear(connection: Connection, done: Sequence[tuple[str, str]]) -> None:
    """These (index, film) are well again."""
    if done:
        key = tuple_(search_sync_failures.c.index_name, search_sync_failures.c.asset_id)
        connection.execute(delete(search_sync_failures).where(key.in_(list(done))))


def forget_pointless(connection: Connection, asset_ids: Collection[str]) -> None:
    """Of these films: failures in indexes that are to hold nothing of them any more."""
    values = {"asset_ids": list(asset_ids)}
    connection.execute(load_sql(_HERE, "forget_pointless_failures"), values)


def enqueue_due(connection: Connection, now: datetime) -> int:
    """Ask again for the films whose time has come. Returns how many failures those are."""
    return connection.execute(load_sql(_HERE, "enqueue_due"), {"now": now}).rowcount


def retry_dead(connection: Connection, asset_ids: Sequence[str] | None = None) -> list[str]:
    """Ask again for dead films, all or these. Returns them."""
    table = search_sync_failures
    chosen = update(table).where(table.c.is_dead)
    if asset_ids is not None:
        chosen = chosen.where(table.c.asset_id.in_(list(asset_ids)))
    revived = chosen.values(is_dead=False, attempts=0, next_attempt_at=None)
    films = sorted(set(connection.execute(revived.returning(table.c.asset_id)).scalars()))
    connection.execute(load_sql(_HERE, "enqueue"), {"asset_ids": films})
    return films


def failed_films(connection: Connection, limit: int = 100) -> list[FailedFilm]:
    """The failures that stand, dead ones first."""
    table = search_sync_failures
    columns = [table.c[name] for name in FailedFilm.__dataclass_fields__]
    query = select(*columns).order_by(
        table.c.is_dead.desc(), table.c.last_failed_at.desc(), table.c.asset_id
    )
    return [FailedFilm(*row) for row in connection.execute(query.limit(limit))]
