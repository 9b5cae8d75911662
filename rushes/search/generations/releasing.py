"""Libraries that an index serves no more, in any way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from rushes.search.generations.backfill import enqueue_films
from rushes.search.generations.index_generations import IndexGenerationRepository

_GENERATIONS: Final = IndexGenerationRepository()


def settle_released(
    connection: Connection, released: Mapping[str, str | None], now: datetime
) -> None:
    """After policies have changed. `released`: library -> an index that it named until now.

    An index that others still use is rid of these libraries' films by the sync; one that nobody
    names is drained as a whole.
    """
    _GENERATIONS.refresh_states(connection, now)
    used = {each.name for each in _GENERATIONS.in_use(connection)}
    enqueue_films(connection, [slug for slug, name in released.items() if name in used])
