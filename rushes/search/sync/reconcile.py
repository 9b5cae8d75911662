"""Comparing what is with what should be: the ledger with the source, and the index with the ledger.

Triggers can be off, an index can lose what it had, and a database can be brought back from a
backup. What differs is asked for again through the queue, or taken out of what readers count.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, select
from sqlalchemy.dialects.postgresql import insert

from rushes.db.search_tables import (
    index_generation,
    search_ledger_serial,
    search_reconciliations,
)
from rushes.db.sql import load_sql
from rushes.search.quickwit.client import QuickwitClient
from rushes.search.sync import ledger
from rushes.search.sync.each_index import for_each
from rushes.search.sync.planning import make_plan
from rushes.search.sync.searchable import counted, searchable_counts

_HERE = Path(__file__).parent
_FILMS_A_PAGE = 500
_REVS_A_PAGE = 20_000


@dataclass(slots=True)
class Drift:
    """What differed, and was asked for again. Films that wait in the queue anyhow do not count.

    `stale`: their documents are not what is published. `damaged`: the index does not hold what is
    published. `strange`: revs in the index that the ledger does not know as its own.
    """

    films: int = 0
    stale: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    strange: list[int] = field(default_factory=list)

    @property
    def total(self) -> int:
        """The drift number; 0: the index equals Postgres."""
        return len(self.stale) + len(self.damaged) + len(self.strange)


def reconcile(
    engine: Engine, client: QuickwitClient, now: datetime, *, repair: bool = True
) -> Drift:
    """Compare every film and every index that is not dropped. Raises the client's errors.

    Without `repair` it only looks.
    """
    drift = Drift()
    for page in _films(engine):
        drift.films += len(page)
        if repair:
            with engine.begin() as connection:
                connection.execute(load_sql(_HERE, "lengthen_spans"), {"asset_ids": page})
        stale = _stale(engine, page)
        drift.stale += stale
        if repair and stale:
            with engine.begin() as connection:
                connection.execute(load_sql(_HERE, "enqueue"), {"asset_ids": stale})
    for_each(
        _indexes(engine),
        lambda index: _compare_index(engine, client, index, now, drift, repair=repair),
    )
    _keep(engine, now, drift)
    return drift


def guard_indexes(engine: Engine, client: QuickwitClient, now: datetime) -> list[str]:
    """Before revs are given out: whether each index is the one that the ledger speaks of.

    One that was brought back from a copy lacks what was published last, or has what was purged; and
    where the database was brought back, it has greater revs than were ever given out. Returns the
    indexes that were not, and are mended now.
    """
    odd = [index for index in _indexes(engine) if not _is_known(engine, client, index)]
    for index in odd:
        _compare_index(engine, client, index, now, Drift(), repair=True)
    return odd


def _is_known(engine: Engine, client: QuickwitClient, index: str) -> bool:
    with engine.connect() as connection:
        rows = connection.execute(load_sql(_HERE, "latest_revs"), {"index_name": index}).all()
        given = connection.execute(select(search_ledger_serial.c.max_rev)).scalar_one()
    counts = searchable_counts(client, index, [row.rev for row in rows])
    greatest = client.search(
        [index], query="rev:[0 TO *]", search_fields=["doc_id"], max_hits=1, sort_by="rev"
    )
    return all(counts.get(row.rev, 0) == row.documents for row in rows) and not any(
        int(hit["rev"]) > given for hit in greatest.hits
    )


def _keep(engine: Engine, now: datetime, drift: Drift) -> None:
    with engine.begin() as connection:
        kept = insert(search_reconciliations).values(
            at=now,
            films=drift.films,
            stale=len(drift.stale),
            damaged=len(drift.damaged),
            strange=len(drift.strange),
        )
        connection.execute(kept.on_conflict_do_nothing())


def _films(engine: Engine) -> Iterator[list[str]]:
    """All films, and those that only the ledger knows, by pages in order."""
    after = ""
    while True:
        with engine.connect() as connection:
            rows = connection.execute(
                load_sql(_HERE, "all_films"), {"after": after, "limit": _FILMS_A_PAGE}
            )
            page = list(rows.scalars())
        if not page:
            return
        yield page
        after = page[-1]


def _stale(engine: Engine, asset_ids: list[str]) -> list[str]:
    """Films whose documents differ from what is published, and that nothing waits for.

    Looked at twice: one that was published between two looks at it may seem to differ.
    """
    return _differing(engine, _differing(engine, asset_ids))


def _differing(engine: Engine, asset_ids: list[str]) -> list[str]:
    if not asset_ids:
        return []
    plan = make_plan(engine, asset_ids)
    differing = {each.asset_id for each in plan.publications}
    differing |= {asset_id for _, asset_id in plan.gone}
    with engine.connect() as connection:
        waiting = connection.execute(
            load_sql(_HERE, "waiting_films"), {"asset_ids": sorted(differing)}
        )
        return sorted(differing - set(waiting.scalars()))


def _indexes(engine: Engine) -> list[str]:
    query = select(index_generation.c.name).where(index_generation.c.state != "dropped")
    with engine.connect() as connection:
        return sorted(connection.execute(query).scalars())


def _compare_index(
    engine: Engine,
    client: QuickwitClient,
    index: str,
    now: datetime,
    drift: Drift,
    *,
    repair: bool,
) -> None:
    """Live before and after the look at the index: then all of it should have been there."""
    with engine.connect() as connection:
        before = _live(connection, index)
    counts = _counts(client, index)
    with engine.connect() as connection:
        after = _live(connection, index)
    damaged = {
        rev: asset_id
        for rev, (asset_id, documents) in before.items()
        if rev in after and counts.get(rev, 0) != documents
    }
    strange = _strange(engine, index, counts)
    drift.damaged += sorted(damaged.values())
    drift.strange += strange
    if not repair:
        return
    if strange:
        _adopt(engine, index, {rev: counts[rev] for rev in strange}, now)
    if damaged:
        with engine.begin() as connection:
            # Without a hash the next worker takes it for changed and publishes it under a new rev.
            connection.execute(
                load_sql(_HERE, "forget_hashes"),
                {"index_name": index, "revs": sorted(damaged)},
            )


def _live(connection: Connection, index: str) -> dict[int, tuple[str, int]]:
    """Rev -> (film, documents) of what is live."""
    rows = connection.execute(load_sql(_HERE, "live_revs"), {"index_name": index})
    return {row.rev: (row.asset_id, row.doc_count) for row in rows}


def _counts(client: QuickwitClient, index: str) -> dict[int, int]:
    """Rev -> documents, of all that a search finds in an index, by pages of the rev's order."""
    counts: dict[int, int] = {}
    lowest = 1
    while True:
        page = _page(client, index, lowest)
        counts |= page
        if not page:
            return counts
        lowest = max(page) + 1


def _page(client: QuickwitClient, index: str, lowest: int) -> dict[int, int]:
    """The next revs from `lowest` on: a range that holds no more of them than an answer can."""
    width = _REVS_A_PAGE
    beyond = client.search(
        [index],
        query=f"rev:[{lowest} TO *]",
        search_fields=["doc_id"],
        max_hits=1,
        sort_by="-rev",
    )
    if not beyond.hits:
        return {}
    first = int(beyond.hits[0]["rev"])
    return counted(client, index, f"rev:[{first} TO {first + width - 1}]", width)


def _strange(engine: Engine, index: str, counts: dict[int, int]) -> list[int]:
    """Those in the index that are neither live in it nor left out by its readers."""
    values = {"index_name": index, "revs": list(counts)}
    with engine.connect() as connection:
        rows = connection.execute(load_sql(_HERE, "strange_revs"), values)
        return sorted(rows.scalars())


def _adopt(engine: Engine, index: str, strange: dict[int, int], now: datetime) -> None:
    """They count as retired, and no rev is given out that is not greater than all of them."""
    with engine.begin() as connection:
        ledger.locked_serial(connection)
        values = {
            "index_name": index,
            "revs": list(strange),
            "doc_counts": list(strange.values()),
            "now": now,
        }
        connection.execute(load_sql(_HERE, "adopt_revs"), values)
        connection.execute(load_sql(_HERE, "pass_revs"), {"greatest": max(strange)})
