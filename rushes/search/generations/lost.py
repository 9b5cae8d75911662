"""Indexes that the engine lost, and indexes that it should have lost. Call under `alone`."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
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
from rushes.search.generations.lacking import lacking
from rushes.search.generations.noting import TAKEN_BACK_FROM, noted_progress
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

    Ledger and policies forget them before they are made: no reader is sent to an empty one, and
    who is killed in between finds them missing still. Returns the names of those made.
    """
    with connection.begin():
        lost = [each for each in _GENERATIONS.in_use(connection) if each.name not in present]
        _forget(connection, lost, now)
        used = {each.name for each in _GENERATIONS.in_use(connection)}
    restored = [each for each in lost if each.name in used]
    for each in restored:
        client.create_index(each.config)
    return [each.name for each in restored]


def _forget(connection: Connection, lost: Sequence[IndexGeneration], now: datetime) -> None:
    """Nothing counts any more as being in these; what is to be in them is asked for."""
    if not lost:
        return
    serial = locked_serial(connection)
    for each in lost:
        LOGGER.warning(
            "the search engine has lost the index %s: it is filled again from Postgres, which"
            " answers for its libraries until then",
            each.name,
        )
        values = {"serial": serial, "now": now, "index_name": each.name}
        connection.execute(load_sql(_HERE, "forget_index"), values)
    noted = noted_progress("the search engine lost the index", now, promote_when_ready=True)
    without = [slug for each in lost for slug in _POLICIES.lose(connection, each.name, noted)]
    _go_back_to_whole(connection, without, now)
    names = {each.name for each in lost}
    fillable = [
        each.library_slug for each in _POLICIES.all(connection) if each.shadow_index_name in names
    ]
    enqueue_films(connection, fillable)
    _GENERATIONS.refresh_states(connection, now)


def _go_back_to_whole(connection: Connection, libraries: Sequence[str], now: datetime) -> None:
    """Let previous indexes answer that hold everything, unless an operator decided otherwise."""
    candidates = [
        each.library_slug
        for each in _POLICIES.of(connection, libraries)
        if each.previous_index_name
        and not each.locked
        and TAKEN_BACK_FROM not in each.promotion_progress
    ]
    partial = {each.library for each in lacking(connection, candidates, goes_back=True)}
    whole = [slug for slug in candidates if slug not in partial]
    _POLICIES.go_back(connection, whole, now)


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
