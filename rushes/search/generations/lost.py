"""Indexes that the engine lost, and indexes that it should have lost. Call under `alone`."""

from __future__ import annotations

import logging
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, delete

from rushes.db.search_tables import search_ledger, search_revs, search_sync_failures
from rushes.db.sql import load_sql
from rushes.search.generations.backfill import enqueue_films
from rushes.search.generations.index_generations import (
    GenerationState,
    IndexGeneration,
    IndexGenerationRepository,
)
from rushes.search.generations.policies import LibraryModelPolicyRepository
from rushes.search.quickwit.client import QuickwitClient
from rushes.search.quickwit.errors import IndexMissingError
from rushes.search.sync.ledger import locked_serial

LOGGER = logging.getLogger(__name__)
_HERE = Path(__file__).parent
_GENERATIONS: Final = IndexGenerationRepository()
_POLICIES: Final = LibraryModelPolicyRepository()


def restore_lost(
    connection: Connection, client: QuickwitClient, present: Collection[str], now: datetime
) -> list[str]:
    """Make indexes in use that are not `present` again, empty, to be filled from Postgres.

    The ledger forgets them before they are made: who is killed in between finds them missing
    still. Returns their names.
    """
    with connection.begin():
        lost = [each for each in _GENERATIONS.in_use(connection) if each.name not in present]
    for generation in lost:
        LOGGER.warning(
            "the search engine has lost the index %s: it is made again and filled from Postgres;"
            " until then its films are not found in it",
            generation.name,
        )
        _forget(connection, generation, now)
        client.create_index(generation.config)
    return [each.name for each in lost]


def _forget(connection: Connection, generation: IndexGeneration, now: datetime) -> None:
    """Nothing counts any more as being in the index; all its films are asked for."""
    with connection.begin():
        values = {"serial": locked_serial(connection), "now": now, "index_name": generation.name}
        connection.execute(load_sql(_HERE, "forget_index"), values)
        readers = [
            each.library_slug
            for each in _POLICIES.all(connection)
            if generation.name
            in (each.active_index_name, each.shadow_index_name, each.previous_index_name)
        ]
        enqueue_films(connection, readers)


def finish_gone(connection: Connection, present: Collection[str], now: datetime) -> None:
    """What is on its way out and not in the engine is dropped: nobody can be reading it.

    So it is after a call that was interrupted, before its index was made or after it was deleted.
    """
    with connection.begin():
        _GENERATIONS.refresh_states(connection, now)
        draining = _GENERATIONS.of_state(connection, GenerationState.DRAINING)
    for each in draining:
        if not each.is_written and each.name not in present:
            close_books(connection, each.name, now)


def close_books(connection: Connection, name: str, now: datetime) -> None:
    """The engine has no such index any more: nothing of it is kept but its name."""
    with connection.begin():
        locked_serial(connection)
        for table in (search_ledger, search_revs, search_sync_failures):
            connection.execute(delete(table).where(table.c.index_name == name))
        _GENERATIONS.set_state(connection, name, GenerationState.DROPPED, now)


def delete_dropped(
    connection: Connection, client: QuickwitClient, present: Collection[str]
) -> list[str]:
    """Have the engine drop what this database knows as dropped, and nothing else.

    Such an index comes back with a restored volume.
    """
    with connection.begin():
        dropped = _GENERATIONS.of_state(connection, GenerationState.DROPPED)
    names = [each.name for each in dropped if each.name in present]
    for name in names:
        with suppress(IndexMissingError):
            client.delete_index(name)
    return names
