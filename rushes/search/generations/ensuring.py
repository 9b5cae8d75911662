"""Every library has an index, or one that is filled; the engine has every index that is in use.

Until an index holds a library's films Postgres answers for it: the policy names it as the shadow.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Engine

from rushes.search.generations.backfill import continue_backfills
from rushes.search.generations.holding import alone
from rushes.search.generations.index_generations import (
    NAME_PREFIX,
    GenerationState,
    IndexGenerationRepository,
)
from rushes.search.generations.lost import delete_dropped, finish_gone, restore_lost
from rushes.search.generations.making import make_index
from rushes.search.generations.noting import noted_progress
from rushes.search.generations.policies import LibraryModelPolicyRepository
from rushes.search.generations.shadow import begin_for_outdated
from rushes.search.quickwit.client import QuickwitClient
from rushes.search.quickwit.template import config_hash, load_template

LOGGER = logging.getLogger(__name__)
_GENERATIONS: Final = IndexGenerationRepository()
_POLICIES: Final = LibraryModelPolicyRepository()


@dataclass(frozen=True, slots=True)
class EnsureReport:
    """What had to be done; all empty where everything was there.

    `first`: the index made where none was in use. `adopted`: libraries that got an index, which
    takes over once it has their films. `restored`: indexes that the engine had lost. `deleted`:
    dropped ones that it still had.
    `begun`: the shadow that a changed template asks for.
    """

    first: str | None
    adopted: tuple[str, ...]
    restored: tuple[str, ...]
    deleted: tuple[str, ...]
    begun: str | None


def ensure_generations(engine: Engine, client: QuickwitClient, now: datetime) -> EnsureReport:
    """To be called before a sync, and when an index turns out to be missing.

    May be killed anywhere and called by several at once. Raises what the client raises: nothing
    can be ensured of an engine that is not there.
    """
    with alone(engine) as connection:
        first = _make_first(connection, client, now)
        present = client.list_indexes(NAME_PREFIX)
        restored = restore_lost(connection, client, present, now)
        deleted = delete_dropped(connection, client, present)
        adopted = _adopt(connection, now)
        finish_gone(connection, present, now)
        begun = begin_for_outdated(connection, client, config_hash(load_template()), now)
    continue_backfills(engine)
    if begun:
        LOGGER.info("the index template has changed: %s is built", begun.name)
    return EnsureReport(
        first, tuple(adopted), tuple(restored), tuple(deleted), begun.name if begun else None
    )


def _make_first(connection: Connection, client: QuickwitClient, now: datetime) -> str | None:
    with connection.begin():
        active = _GENERATIONS.of_state(connection, GenerationState.ACTIVE)
    if active:
        return None
    made = make_index(connection, client, now)
    with connection.begin():
        _GENERATIONS.set_state(connection, made.name, GenerationState.ACTIVE, now)
    return made.name


def _adopt(connection: Connection, now: datetime) -> list[str]:
    noted = noted_progress("no index answers yet", now, promote_when_ready=True)
    with connection.begin():
        return _POLICIES.adopt(connection, noted)
