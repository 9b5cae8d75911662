"""Asking for the films of libraries to be looked at, so that an index gets what it lacks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine

from rushes.db.sql import load_sql
from rushes.search.generations.policies import LibraryModelPolicyRepository

ENQUEUED_AFTER: Final = "enqueued_after"
"""In a policy's progress: the last film that was asked for; absent once all were."""

_HERE = Path(__file__).parent
_PAGE_FILMS: Final = 2_000
_POLICIES: Final = LibraryModelPolicyRepository()


def enqueue_films(connection: Connection, libraries: Sequence[str]) -> None:
    """All their films, in the transaction of the change that makes it necessary."""
    if libraries:
        values = {"libraries": list(libraries)}
        connection.execute(load_sql(_HERE, "enqueue_films"), values)


def continue_backfills(engine: Engine) -> None:
    """Enqueue what begun backfills have not yet, page by page; each may be the last that is done.

    Films that come later announce themselves.
    """
    with engine.connect() as connection:
        policies = _POLICIES.all(connection)
    for each in policies:
        if ENQUEUED_AFTER in each.promotion_progress:
            while _enqueue_page(engine, each.library_slug):
                pass


def _enqueue_page(engine: Engine, library: str) -> bool:
    """Whether there may be more."""
    with engine.begin() as connection:
        (policy,) = _POLICIES.of(connection, [library], for_update=True)
        after = policy.promotion_progress.get(ENQUEUED_AFTER)
        if after is None:
            return False
        values = {"library": library, "after": after, "films": _PAGE_FILMS}
        page = connection.execute(load_sql(_HERE, "enqueue_page"), values).one()
        if page.films == _PAGE_FILMS:
            _POLICIES.note_progress(connection, library, {ENQUEUED_AFTER: page.last})
            return True
        _POLICIES.note_progress(connection, library, {}, forget=[ENQUEUED_AFTER])
        return False
