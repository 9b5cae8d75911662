"""Whether films wait to be published. Loads no client: most who ask have nothing that waits."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, func, select

from rushes.db.search_tables import search_sync_queue
from rushes.db.sql import load_sql

_HERE = Path(__file__).parent
_LOOK_SECONDS: Final = 0.3


def films_that_wait(engine: Engine) -> int:
    """How many films have changed since they were published, or never were."""
    films = select(func.count(search_sync_queue.c.asset_id.distinct()))
    with engine.connect() as connection:
        return int(connection.execute(films).scalar_one())


class WaitingFilms:
    """Whether something of these films still waits that was in the queue at the beginning.

    Called as often as you like; looked up a few times a second.
    """

    def __init__(self, engine: Engine, asset_ids: Sequence[str]) -> None:
        self._engine = engine
        self._values = {"asset_ids": list(asset_ids), "last": _last_row(engine)}
        self._looked_at, self._is_waiting = float("-inf"), True

    def __call__(self) -> bool:
        if time.monotonic() - self._looked_at >= _LOOK_SECONDS:
            with self._engine.connect() as connection:
                found = connection.execute(load_sql(_HERE, "is_waiting"), self._values)
                self._is_waiting = bool(found.scalar_one())
            self._looked_at = time.monotonic()
        return self._is_waiting


def _last_row(engine: Engine) -> int:
    with engine.connect() as connection:
        newest = select(func.coalesce(func.max(search_sync_queue.c.id), 0))
        return int(connection.execute(newest).scalar_one())
