"""Building a new index beside the one in use."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine

from rushes import audit
from rushes.errors import InvalidRequestError
from rushes.search.generations.backfill import continue_backfills
from rushes.search.generations.errors import LibraryNotIndexedError, ShadowUnderWayError
from rushes.search.generations.holding import alone
from rushes.search.generations.index_generations import (
    IndexGeneration,
)
from rushes.search.generations.making import make_index
from rushes.search.generations.noting import noted_progress
from rushes.search.generations.policies import LibraryModelPolicy, LibraryModelPolicyRepository
from rushes.search.generations.refusals import refuse_locked
from rushes.search.generations.releasing import settle_released
from rushes.search.quickwit.client import QuickwitClient

_POLICIES: Final = LibraryModelPolicyRepository()


def begin_shadow(
    engine: Engine,
    client: QuickwitClient,
    libraries: Sequence[str] | None,
    *,
    reason: str,
    promote_when_ready: bool = False,
    restart: bool = False,
    now: datetime | None = None,
    actor: str | None = None,
) -> IndexGeneration:
    """A new index for these libraries (None: all), which the sync fills beside the one in use.

    `restart`: give up one that is being built. `actor`: who asks for it, for the audit log; None:
    nobody, it is begun by itself. Raises ShadowUnderWayError, PolicyLockedError,
    LibraryNotIndexedError, InvalidRequestError for no library, NotFoundError `library_not_found`.
    """
    now = now or datetime.now(UTC)
    with alone(engine) as connection:
        begun = _begin(
            connection,
            client,
            libraries,
            noted_progress(reason, now, promote_when_ready=promote_when_ready),
            restart=restart,
            now=now,
            actor=actor,
        )
    continue_backfills(engine)
    return begun


def begin_for_outdated(
    connection: Connection, client: QuickwitClient, config_hash: str, now: datetime
) -> IndexGeneration | None:
    """One index for all libraries that have none of this configuration. Under `alone`.

    A shadow of an older configuration is given up: nobody needs it any more.
    """
    with connection.begin():
        slugs = [each.library_slug for each in _POLICIES.outdated(connection, config_hash)]
    if not slugs:
        return None
    noted = noted_progress("the index template has changed", now, promote_when_ready=True)
    return _begin(connection, client, slugs, noted, restart=True, now=now)


def _begin(
    connection: Connection,
    client: QuickwitClient,
    libraries: Collection[str] | None,
    noted: Mapping[str, Any],
    *,
    restart: bool,
    now: datetime,
    actor: str | None = None,
) -> IndexGeneration:
    """Look, make the index, look again and name it. What was made in vain is drained later."""
    with connection.begin():
        _checked(connection, libraries, restart)
    made = make_index(connection, client, now)
    with connection.begin():
        policies = _checked(connection, libraries, restart)
        chosen = [each.library_slug for each in policies]
        _POLICIES.set_shadow(connection, chosen, made.name, noted)
        given_up = {each.library_slug: each.shadow_index_name for each in policies}
        settle_released(connection, given_up, now)
        if actor is not None:
            details = {"libraries": chosen, "reason": noted["reason"]}
            audit.record(connection, actor, "search.begin_shadow", made.name, details)
    return made


def _checked(
    connection: Connection, libraries: Collection[str] | None, restart: bool
) -> list[LibraryModelPolicy]:
    """Their policies, if each may get a shadow now."""
    policies = (
        _POLICIES.all(connection)
        if libraries is None
        else _POLICIES.of(connection, list(libraries), for_update=True)
    )
    if not policies:
        raise InvalidRequestError("there is no library to build an index for")
    refuse_locked(policies)
    _refuse_unindexed(policies)
    if not restart:
        _refuse_under_way(policies)
    return policies


def _refuse_unindexed(policies: Sequence[LibraryModelPolicy]) -> None:
    without = [
        each.library_slug
        for each in policies
        if each.active_index_name is None and each.shadow_index_name is None
    ]
    if without:
        raise LibraryNotIndexedError(
            f"no index answers yet for {', '.join(without)}",
            remedy="the first is made by: rushes search-index sync",
        )


def _refuse_under_way(policies: Sequence[LibraryModelPolicy]) -> None:
    busy = [each.library_slug for each in policies if each.shadow_index_name is not None]
    if busy:
        raise ShadowUnderWayError(
            f"a new index is being built already for {', '.join(busy)}",
            remedy="promote it, or begin again with --restart",
        )
