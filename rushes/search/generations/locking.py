"""An operator's lock: which index answers for a library stays as it is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Engine

from rushes import audit
from rushes.search.generations.holding import alone
from rushes.search.generations.policies import LibraryModelPolicy, LibraryModelPolicyRepository

_POLICIES: Final = LibraryModelPolicyRepository()


def lock(
    engine: Engine, library: str, *, now: datetime | None = None, actor: str | None = None
) -> LibraryModelPolicy:
    """Nothing is begun, promoted or rolled back for it, by nobody, until it is unlocked.

    Its changes are published all the same. Raises NotFoundError `library_not_found`.
    """
    return _set(engine, library, True, now, actor)


def unlock(
    engine: Engine, library: str, *, now: datetime | None = None, actor: str | None = None
) -> LibraryModelPolicy:
    """Take the lock away. Raises NotFoundError `library_not_found`."""
    return _set(engine, library, False, now, actor)


def _set(
    engine: Engine, library: str, locked: bool, now: datetime | None, actor: str | None
) -> LibraryModelPolicy:
    with alone(engine) as connection, connection.begin():
        _POLICIES.of(connection, [library])
        _POLICIES.set_locked(connection, library, locked, now or datetime.now(UTC))
        if actor is not None:
            action = "search.lock" if locked else "search.unlock"
            audit.record(connection, actor, action, library)
        return _POLICIES.of(connection, [library])[0]
