"""How far the index that is being built for a library is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row

from rushes.db.sql import load_sql
from rushes.search.generations.backfill import ENQUEUED_AFTER
from rushes.search.generations.noting import BEGUN_AT, PROMOTE_WHEN_READY
from rushes.search.generations.policies import LibraryModelPolicyRepository

_HERE = Path(__file__).parent
_POLICIES: Final = LibraryModelPolicyRepository()


@dataclass(frozen=True, slots=True)
class ShadowProgress:
    """Numbers of films of one library. `rate` is films/s since it was begun, None at first.

    `done`: nothing is left to do for them. `failed`: cannot be published in the new index;
    `blocking` of these can be found in the old one. `is_first`: there is no old one.
    """

    library: str
    generation: str
    films: int
    done: int
    failed: int
    blocking: int
    is_enqueued: bool
    promote_when_ready: bool
    locked: bool
    is_first: bool
    reason: str
    rate: float | None

    @property
    def to_do(self) -> int:
        """Films that the sync has yet to publish."""
        return max(self.films - self.done - self.failed, 0)

    @property
    def percent(self) -> float:
        """Of the films, 0 to 100."""
        return 100.0 * self.done / self.films if self.films else 100.0

    @property
    def is_settled(self) -> bool:
        """Whether waiting longer changes nothing: all is done, or has failed."""
        return self.is_enqueued and not self.to_do

    @property
    def is_complete(self) -> bool:
        """Whether it could take over. A film that is in neither index does not hold it up."""
        return self.is_settled and not self.blocking

    @property
    def takes_over(self) -> bool:
        """Whether it is to take over now. The first one is; a lock is on what answers already."""
        return self.is_complete and (self.is_first or (self.promote_when_ready and not self.locked))


def progress(engine: Engine, now: datetime | None = None) -> list[ShadowProgress]:
    """Of every library that a new index is built for, by slug."""
    with engine.connect() as connection:
        return _read(connection, now or datetime.now(UTC))


def note_progress(engine: Engine, now: datetime) -> list[ShadowProgress]:
    """As `progress`, and kept in `promotion_progress`."""
    found = progress(engine, now)
    if found:
        with engine.begin() as connection:
            for each in found:
                noted = {"films": each.films, "done": each.done, "failed": each.failed}
                _POLICIES.note_progress(
                    connection, each.library, {**noted, "seen_at": now.isoformat()}
                )
    return found


def _read(connection: Connection, now: datetime) -> list[ShadowProgress]:
    return [_progress(row, now) for row in connection.execute(load_sql(_HERE, "progress"))]


def _progress(row: Row[Any], now: datetime) -> ShadowProgress:
    noted = row.noted
    begun_at = noted.get(BEGUN_AT)
    seconds = (now - datetime.fromisoformat(begun_at)).total_seconds() if begun_at else 0.0
    return ShadowProgress(
        library=row.library,
        generation=row.generation,
        films=row.films,
        done=row.done,
        failed=row.failed,
        blocking=row.blocking,
        is_enqueued=ENQUEUED_AFTER not in noted,
        promote_when_ready=bool(noted.get(PROMOTE_WHEN_READY)),
        locked=row.locked,
        is_first=row.is_first,
        reason=str(noted.get("reason", "")),
        rate=row.done / seconds if seconds > 0 else None,
    )
