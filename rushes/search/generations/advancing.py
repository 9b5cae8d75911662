"""What goes on by itself: filling new indexes, letting them take over, taking old ones away."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from rushes.db.sql import load_sql
from rushes.errors import UserError
from rushes.search.generations.backfill import continue_backfills
from rushes.search.generations.dropping import drop
from rushes.search.generations.progress import ShadowProgress, note_progress
from rushes.search.generations.promotion import Takeover, promote
from rushes.search.generations.shadow import begin_shadow
from rushes.search.quickwit.client import QuickwitClient
from rushes.search.quickwit.template import config_hash, load_template
from rushes.search.sync.limits import UNPURGED_BOUND

LOGGER = logging.getLogger(__name__)
_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class AdvanceReport:
    """What happened. `under_way`: as it was before; `dropped`: indexes that are gone."""

    begun: str | None
    under_way: tuple[ShadowProgress, ...]
    promoted: tuple[Takeover, ...]
    dropped: tuple[str, ...]


def advance(
    engine: Engine, client: QuickwitClient, now: datetime, *, unpurged_bound: int = UNPURGED_BOUND
) -> AdvanceReport:
    """One step of all that; to be called now and then, cheap where there is nothing to do.

    Never waits for the sync. Raises the client's errors.
    """
    begun = _begin_compaction(engine, client, now, unpurged_bound)
    continue_backfills(engine)
    under_way = note_progress(engine, now)
    promoted = _promote_ready(engine, client, under_way, now)
    dropped = drop(engine, client, None, now).dropped
    return AdvanceReport(begun, tuple(under_way), tuple(promoted), dropped)


def _begin_compaction(
    engine: Engine, client: QuickwitClient, now: datetime, bound: int
) -> str | None:
    """A rebuild is the one sure way to be rid of what an index does not delete."""
    values = {"bound": bound, "config_hash": config_hash(load_template())}
    with engine.connect() as connection:
        slugs = list(connection.execute(load_sql(_HERE, "unpurged"), values).scalars())
    if not slugs:
        return None
    try:
        reason = f"more than {bound} publications that readers leave out"
        begun = begin_shadow(engine, client, slugs, reason=reason, promote_when_ready=True, now=now)
    except UserError as error:  # somebody was faster
        LOGGER.info("no new index was begun: %s", error)
        return None
    return begun.name


def _promote_ready(
    engine: Engine, client: QuickwitClient, under_way: Sequence[ShadowProgress], now: datetime
) -> list[Takeover]:
    """Of each index the libraries that are complete. One that cannot take over says so."""
    ready: dict[str, list[str]] = defaultdict(list)
    for each in under_way:
        if each.takes_over:
            ready[each.generation].append(each.library)
    promoted = []
    for generation, libraries in ready.items():
        try:
            promoted += promote(engine, client, libraries, now=now, patience_seconds=0)
        except UserError as error:
            LOGGER.warning("%s does not take over now: %s", generation, error)
    return promoted
