"""Films one by one: how each stands in the indexes, and a drain that ends when they are done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine

from rushes.db.sql import load_sql
from rushes.errors import RushesError
from rushes.search.quickwit.client import QuickwitClient
from rushes.search.sync.draining import DrainLimits, drain
from rushes.search.sync.progress import Progress
from rushes.search.sync.waiting import WaitingFilms

_HERE = Path(__file__).parent
_LONGEST_SECONDS: Final = 1800.0


class SyncUnfinishedError(RushesError):
    """Films were not searchable in the time that was given."""

    code = "search_sync_unfinished"
    retryable = True
    http_status = 503


@dataclass(frozen=True, slots=True)
class FilmState:
    """What counts of a film: so many documents in each of these indexes.

    `error_code`: it stands failed. `is_waiting`: something of it is still in the queue.
    """

    asset_id: str
    documents: int
    indexes: list[str]
    content_hash: str | None
    error_code: str | None
    error_text: str | None
    is_waiting: bool


def film_states(connection: Connection, asset_ids: Sequence[str]) -> list[FilmState]:
    """How these films stand, in their order; one that nobody knows has no documents."""
    rows = connection.execute(load_sql(_HERE, "film_states"), {"asset_ids": list(asset_ids)})
    found = {row.asset_id: FilmState(*row) for row in rows}
    return [found[asset_id] for asset_id in dict.fromkeys(asset_ids)]


def enqueue(engine: Engine, asset_ids: Sequence[str]) -> None:
    """Ask for these films to be looked at."""
    with engine.begin() as connection:
        connection.execute(load_sql(_HERE, "enqueue"), {"asset_ids": list(asset_ids)})


def drain_films(
    engine: Engine,
    client: Callable[[], QuickwitClient],
    asset_ids: Sequence[str],
    *,
    away_seconds: float = 60.0,
    longest_seconds: float = _LONGEST_SECONDS,
    on_look: Callable[[], None] = lambda: None,
) -> Iterator[Progress]:
    """Publish what waits until nothing of these films does that was there at the beginning.

    Others work on them too: those are waited for. `client` is asked for only where something
    waits; `on_look` is called all the time and may raise to give up. Raises the client's errors
    after `away_seconds` without the engine, and `SyncUnfinishedError` after `longest_seconds`.
    """
    waits = WaitingFilms(engine, asset_ids)
    if not waits():
        return

    def is_over() -> bool:
        on_look()
        return not waits()

    limits = DrainLimits(idle=None, longest=longest_seconds, away=away_seconds)
    yield from drain(engine, client(), limits, stop=is_over)
    if waits():
        raise SyncUnfinishedError(
            f"not all films were searchable after {longest_seconds:.0f} s",
            remedy="see what they wait for: rushes search-index status",
        )
