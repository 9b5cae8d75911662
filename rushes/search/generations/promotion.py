"""Letting another index answer for a library, forwards and back, so that no reader misses a film.

Only the last step counts: one update, in a transaction that no change of the ledger passes by.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection, Engine

from rushes import audit
from rushes.errors import InvalidRequestError
from rushes.search.generations.errors import (
    GenerationIncompleteError,
    NothingToGoBackToError,
    NothingToPromoteError,
)
from rushes.search.generations.holding import alone
from rushes.search.generations.lacking import Lacking, lacking
from rushes.search.generations.policies import LibraryModelPolicy, LibraryModelPolicyRepository
from rushes.search.generations.refusals import refuse_locked
from rushes.search.generations.releasing import settle_released
from rushes.search.generations.verify import verify_shadow
from rushes.search.quickwit.client import QuickwitClient
from rushes.search.sync.ledger import locked_serial

_PATIENCE_SECONDS: Final = 20.0
"""So long changes that are under way are waited for: a few commits of the engine."""
_POLL_SECONDS: Final = 0.25
_POLICIES: Final = LibraryModelPolicyRepository()


@dataclass(frozen=True, slots=True)
class Takeover:
    """Which index answers for a library now, and which did before."""

    library: str
    active: str
    previous: str | None


def promote(
    engine: Engine,
    client: QuickwitClient,
    libraries: Sequence[str],
    *,
    now: datetime | None = None,
    actor: str | None = None,
    patience_seconds: float = _PATIENCE_SECONDS,
    sleep: Callable[[float], None] = time.sleep,
) -> list[Takeover]:
    """Let the shadows of these libraries answer; all of them or none.

    What answered until now is written on, to be gone back to; one that could be gone back to
    before is given up. `actor`: who asks for it, for the audit log; None: it happens by itself.
    Raises NothingToPromoteError, PolicyLockedError, GenerationIncompleteError which names what is
    missing, NotFoundError `library_not_found`, and the client's errors.
    """
    with engine.connect() as connection:
        policies = _promotable(connection, libraries)
    shadows = sorted({each.shadow_index_name or "" for each in policies})
    for name in shadows:
        if faults := verify_shadow(engine, client, name).faults:
            raise GenerationIncompleteError(
                f"the new index cannot take over: {'; '.join(faults)}",
                retryable=False,
                remedy="rushes search-index verify; else rushes search-index reindex --restart",
            )
    for seconds in _waits(patience_seconds):
        missing = _promote(engine, libraries, shadows, now or datetime.now(UTC), actor)
        if not missing:
            return _takeovers(engine, libraries)
        sleep(seconds)
    raise _incomplete("the new index", missing)


def rollback(
    engine: Engine,
    libraries: Sequence[str],
    *,
    now: datetime | None = None,
    actor: str | None = None,
    patience_seconds: float = _PATIENCE_SECONDS,
    sleep: Callable[[float], None] = time.sleep,
) -> list[Takeover]:
    """Let the previous indexes of these libraries answer again; all of them or none.

    They were written on, so that nothing is lost; a rollback can be rolled back. Raises
    NothingToGoBackToError, PolicyLockedError, GenerationIncompleteError, NotFoundError.
    """
    for seconds in _waits(patience_seconds):
        missing = _roll_back(engine, libraries, now or datetime.now(UTC), actor)
        if not missing:
            return _takeovers(engine, libraries)
        sleep(seconds)
    raise _incomplete("the previous index", missing)


def _waits(patience_seconds: float) -> Iterator[float]:
    """Pauses between attempts; the last has none after it."""
    waited = 0.0
    while waited < patience_seconds:
        yield _POLL_SECONDS
        waited += _POLL_SECONDS
    yield 0.0


def _promote(
    engine: Engine,
    libraries: Sequence[str],
    verified: Sequence[str],
    now: datetime,
    actor: str | None,
) -> list[Lacking]:
    """One attempt; what is missing, or nothing where it is done."""
    with alone(engine) as connection, connection.begin():
        locked_serial(connection)
        policies = _promotable(connection, libraries, for_update=True)
        if sorted({each.shadow_index_name or "" for each in policies}) != list(verified):
            raise NothingToPromoteError(
                "another index was begun meanwhile", remedy="rushes search-index generations"
            )
        slugs = [each.library_slug for each in policies]
        if missing := lacking(connection, slugs):
            return missing
        _POLICIES.promote(connection, slugs, now)
        replaced = [each for each in policies if each.active_index_name]
        released = {each.library_slug: each.previous_index_name for each in replaced}
        settle_released(connection, released, now)
        _record(connection, actor, "search.promote", policies)
    return []


def _roll_back(
    engine: Engine, libraries: Sequence[str], now: datetime, actor: str | None
) -> list[Lacking]:
    with alone(engine) as connection, connection.begin():
        locked_serial(connection)
        policies = _chosen(connection, libraries, for_update=True)
        if without := [each.library_slug for each in policies if not each.previous_index_name]:
            raise NothingToGoBackToError(
                f"no earlier index is kept for {', '.join(without)}",
                remedy="build a new one: rushes search-index reindex",
            )
        slugs = [each.library_slug for each in policies]
        if missing := lacking(connection, slugs, goes_back=True):
            return missing
        _POLICIES.go_back(connection, slugs, now)
        settle_released(connection, {}, now)
        _record(connection, actor, "search.rollback", policies)
    return []


def _promotable(
    connection: Connection, libraries: Sequence[str], *, for_update: bool = False
) -> list[LibraryModelPolicy]:
    policies = _chosen(connection, libraries, for_update=for_update)
    if without := [each.library_slug for each in policies if not each.shadow_index_name]:
        raise NothingToPromoteError(
            f"no new index is being built for {', '.join(without)}",
            remedy=f"rushes search-index reindex --library {without[0]}",
        )
    return policies


def _chosen(
    connection: Connection, libraries: Sequence[str], *, for_update: bool
) -> list[LibraryModelPolicy]:
    policies = _POLICIES.of(connection, libraries, for_update=for_update)
    if not policies:
        raise InvalidRequestError("no library was named", remedy="--library SLUG")
    refuse_locked(policies)
    return policies


def _record(
    connection: Connection, actor: str | None, action: str, before: Sequence[LibraryModelPolicy]
) -> None:
    if actor is None:
        return
    after = _POLICIES.of(connection, [each.library_slug for each in before])
    for each in after:
        details = {"active": each.active_index_name, "previous": each.previous_index_name}
        audit.record(connection, actor, action, each.library_slug, details)


def _takeovers(engine: Engine, libraries: Sequence[str]) -> list[Takeover]:
    with engine.connect() as connection:
        return [
            Takeover(each.library_slug, each.active_index_name or "", each.previous_index_name)
            for each in _POLICIES.of(connection, libraries)
        ]


def _incomplete(what: str, missing: Sequence[Lacking]) -> GenerationIncompleteError:
    return GenerationIncompleteError(
        f"{what} does not have all films yet: {'; '.join(map(str, missing))}",
        remedy="let the sync go on: rushes search-index sync; what failed: rushes search-index"
        " status",
    )
