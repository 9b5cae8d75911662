"""The ledger: which rev of a film counts in which index.

Whoever changes it opens a transaction with `locked_serial`, which makes the others wait until its
commit. So serials and revs are given out in the order of commits: who reads a serial and the
greatest rev knows of everything up to there, and of nothing after.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import BigInteger, Connection, cast, delete, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from rushes.db.search_tables import index_generation, search_ledger_serial, search_revs
from rushes.db.sql import load_sql

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Publication:
    """What is to stand in an index for a film: so many documents with that hash."""

    index_name: str
    asset_id: str
    doc_count: int
    content_hash: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What an index holds of a film now. `live_rev` None: nothing that counts."""

    index_name: str
    asset_id: str
    live_rev: int | None
    content_hash: str | None


def locked_serial(connection: Connection) -> int:
    """The serial of the change that this transaction makes; first thing in it."""
    table = search_ledger_serial
    moved = update(table).values(serial=table.c.serial + 1).returning(table.c.serial)
    return int(connection.execute(moved).scalar_one())


def entries(connection: Connection, asset_ids: Sequence[str]) -> list[Entry]:
    """What the indexes that are not dropped hold of these films."""
    rows = connection.execute(load_sql(_HERE, "entries"), {"asset_ids": list(asset_ids)})
    return [Entry(*row) for row in rows]


def targets(connection: Connection, asset_ids: Sequence[str]) -> dict[str, list[str]]:
    """Film -> the written indexes of its library; a film that is gone has no entry."""
    found: dict[str, list[str]] = {}
    rows = connection.execute(load_sql(_HERE, "targets"), {"asset_ids": list(asset_ids)})
    for row in rows:
        found.setdefault(row.asset_id, [])
        if row.index_name is not None:
            found[row.asset_id].append(row.index_name)
    return found


def fields_of(connection: Connection, index: str) -> frozenset[str]:
    """The names of the fields that the documents of an index may have; never changes."""
    table = index_generation
    query = select(table.c.config["doc_mapping"]["field_mappings"]).where(table.c.name == index)
    return frozenset(each["name"] for each in connection.execute(query).scalar_one())


def begin(connection: Connection, publications: Sequence[Publication]) -> list[int]:
    """A new pending rev for each, in their order. Under `locked_serial`."""
    if not publications:
        return []
    values = {
        "index_names": [each.index_name for each in publications],
        "asset_ids": [each.asset_id for each in publications],
        "doc_counts": [each.doc_count for each in publications],
    }
    rows = connection.execute(load_sql(_HERE, "begin_revs"), values).all()
    revs = [row.rev for row in rows]
    connection.execute(update(search_ledger_serial).values(max_rev=max(revs)))
    return revs


def make_live(
    connection: Connection,
    serial: int,
    now: datetime,
    worker_key: int,
    published: Sequence[tuple[int, Publication]],
) -> set[int]:
    """Pending becomes live, what was live before is retired. Returns the revs that became live.

    One that somebody retired meanwhile does not, nor one of a film that this worker has lost.
    Under `locked_serial`.
    """
    if not published:
        return set()
    values = {
        "revs": [rev for rev, _ in published],
        "hashes": [each.content_hash for _, each in published],
        "serial": serial,
        "now": now,
        "worker_key": worker_key,
    }
    return set(connection.execute(load_sql(_HERE, "make_live"), values).scalars())


def drop_pending(
    connection: Connection, now: datetime, revs: Sequence[int], *, was_sent: bool
) -> None:
    """Give up pending revs: they never count. Under `locked_serial`.

    What was sent may be in the index or still arrive, so it is retired; the rest is nowhere and is
    forgotten.
    """
    if not revs:
        return
    values = {"revs": list(revs), "now": now}
    connection.execute(load_sql(_HERE, "drop_pending"), values)
    if not was_sent:
        never_sent = search_revs.c.rev == func.any(cast(list(revs), ARRAY(BigInteger)))
        retired = search_revs.c.state == "retired"
        connection.execute(delete(search_revs).where(never_sent, retired))


def retire(
    connection: Connection, serial: int, now: datetime, gone: Sequence[tuple[str, str]]
) -> None:
    """What is live of these (index, film) counts no more. Under `locked_serial`."""
    values = {
        "index_names": [index for index, _ in gone],
        "asset_ids": [asset_id for _, asset_id in gone],
        "serial": serial,
        "now": now,
    }
    connection.execute(load_sql(_HERE, "retire"), values)


def pending_of(connection: Connection, asset_ids: Sequence[str]) -> list[int]:
    """Pending revs of these films: of workers that are gone, where nobody has claimed the films."""
    table = search_revs
    query = select(table.c.rev).where(
        table.c.state == "pending", table.c.asset_id.in_(list(asset_ids))
    )
    return list(connection.execute(query).scalars())


def mark_purged(connection: Connection, revs: Sequence[int]) -> None:
    """The index holds nothing of these retired revs any more. Under `locked_serial`."""
    table = search_revs
    connection.execute(
        update(table)
        .where(
            table.c.rev == func.any(cast(list(revs), ARRAY(BigInteger))),
            table.c.state == "retired",
        )
        .values(state="purged")
    )
