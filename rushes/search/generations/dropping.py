"""Taking away indexes that nobody needs any more, once nobody can be reading them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, Engine

from rushes import audit
from rushes.search.generations.errors import GenerationInUseError
from rushes.search.generations.holding import alone
from rushes.search.generations.index_generations import (
    GenerationState,
    IndexGenerationRepository,
)
from rushes.search.generations.lost import close_books
from rushes.search.generations.policies import LibraryModelPolicyRepository
from rushes.search.generations.releasing import settle_released
from rushes.search.quickwit.client import QuickwitClient
from rushes.search.quickwit.errors import IndexMissingError
from rushes.search.sync.limits import PURGE_GRACE

ROLLBACK_GRACE: Final = timedelta(hours=24)
"""So long what was active before can be gone back to."""
_GENERATIONS: Final = IndexGenerationRepository()
_POLICIES: Final = LibraryModelPolicyRepository()


@dataclass(frozen=True, slots=True)
class DropReport:
    """`released`: libraries that cannot go back any more. `dropped`: indexes that are gone.

    `draining`: indexes that nobody is sent to any more; they go once every reader has ended.
    """

    released: tuple[str, ...]
    draining: tuple[str, ...]
    dropped: tuple[str, ...]


def drop(
    engine: Engine,
    client: QuickwitClient,
    generation: str | None,
    now: datetime,
    grace: timedelta = ROLLBACK_GRACE,
    *,
    force: bool = False,
    actor: str | None = None,
) -> DropReport:
    """Give up what can be gone back to after `grace` (`force`: at once), and delete what is free.

    None: whatever is due, locked libraries aside. An index is deleted in a later call, after the
    time that a reader may take. Raises GenerationInUseError for one that is active or being
    built, or previous within the grace; GenerationNotFoundError; the client's errors.
    """
    with alone(engine) as connection:
        with connection.begin():
            released = _release(connection, generation, now, timedelta(0) if force else grace)
            if actor is not None:
                details = {"released": released, "force": force}
                audit.record(connection, actor, "search.drop", generation or "", details)
        dropped = _delete_drained(connection, client, generation, now)
        with connection.begin():
            draining = _drained(connection, generation)
    return DropReport(tuple(released), tuple(draining), tuple(dropped))


def _release(
    connection: Connection, generation: str | None, now: datetime, grace: timedelta
) -> list[str]:
    if generation is not None:
        _GENERATIONS.get(connection, generation)
    before = {each.library_slug: each.previous_index_name for each in _POLICIES.all(connection)}
    released = _POLICIES.release_previous(connection, now - grace, generation)
    settle_released(connection, {slug: before[slug] for slug in released}, now)
    if generation is not None:
        _refuse_used(connection, generation)
    return released


def _refuse_used(connection: Connection, generation: str) -> None:
    """Undoes what was released, with the transaction."""
    for each in _POLICIES.all(connection):
        for role, name in (
            ("answers for", each.active_index_name),
            ("is being built for", each.shadow_index_name),
            ("can be gone back to by", each.previous_index_name),
        ):
            if name == generation:
                raise GenerationInUseError(
                    f"{generation} {role} {each.library_slug}",
                    remedy="the previous one goes after the grace period, or with --force",
                )
    if _GENERATIONS.get(connection, generation).state is GenerationState.ACTIVE:
        raise GenerationInUseError(f"{generation} is kept for the first library")


def _delete_drained(
    connection: Connection, client: QuickwitClient, generation: str | None, now: datetime
) -> list[str]:
    """First in the engine: who is killed in between finds nothing to delete the next time."""
    with connection.begin():
        due = _drained(connection, generation, now - PURGE_GRACE)
    for name in due:
        with suppress(IndexMissingError):
            client.delete_index(name)
        close_books(connection, name, now)
    return due


def _drained(
    connection: Connection, generation: str | None, before: datetime | None = None
) -> list[str]:
    """Indexes that no policy names, since before then."""
    return [
        each.name
        for each in _GENERATIONS.of_state(connection, GenerationState.DRAINING)
        if not each.is_written
        and generation in (None, each.name)
        and (before is None or each.changed_at <= before)
    ]
