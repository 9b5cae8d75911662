"""A new index in the engine. Call under `alone`."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from rushes.search.generations.index_generations import (
    NAME_PREFIX,
    IndexGeneration,
    IndexGenerationRepository,
)
from rushes.search.quickwit.client import QuickwitClient

_GENERATIONS: Final = IndexGenerationRepository()


def make_index(connection: Connection, client: QuickwitClient, now: datetime) -> IndexGeneration:
    """An empty index of the template of this code, which no policy names yet.

    The name is written down first, so that whatever happens no index is left that nobody knows.
    An engine that is down is noticed before, or each try would use up a name.
    """
    client.list_indexes(NAME_PREFIX)
    with connection.begin():
        made = _GENERATIONS.reserve(connection, now)
    client.create_index(made.config)
    return made
