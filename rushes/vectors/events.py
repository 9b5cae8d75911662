"""What happened to the generations of a space, told to people. The files say what they hold."""

from __future__ import annotations

import socket
from collections.abc import Collection
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Delete, Engine, and_, delete, insert, literal, select, tuple_

from rushes.db.vector_tables import vector_index_events as table

KEPT: Final = 1_000
"""Events of a space that tell of damage, and so many others; older ones go."""
_DETAIL: Final = 2_000


class IndexEvent(StrEnum):
    """What can happen."""

    BUILT = "built"
    SAVED = "saved"
    DAMAGED = "damaged"
    RECOVERED = "recovered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class HappenedEvent:
    """`place`: the machine and the folder; each has files of its own."""

    space_key: str
    event: IndexEvent
    generation: str | None
    place: str
    detail: str
    happened_at: datetime


def place_of(root: Path) -> str:
    """The machine and the name of the folder that its generations lie under; no path."""
    return _storable(f"{socket.gethostname()}:{root.parent.name}/{root.name}")


def note(
    where: Connection | Engine,
    space_key: str,
    event: IndexEvent,
    detail: str,
    *,
    root: Path,
    generation: str | None = None,
    kept: int = KEPT,
) -> None:
    """Write down an event, and forget all but the space's newest `kept` of damage and as many of
    all others. Raises SQLAlchemy's errors. `root`: what the folders of the spaces lie in; its path
    is kept out of the record.
    """
    told = _storable(detail.replace(f"{root}/", "").replace(str(root), root.name))
    row = {
        "space_key": space_key,
        "event": event.value,
        "generation": generation,
        "place": place_of(root),
        "detail": told[:_DETAIL],
    }
    opened = where.begin() if isinstance(where, Engine) else nullcontext(where)
    with opened as connection:
        connection.execute(insert(table).values(**row))
        connection.execute(_pruning(space_key, kept, is_damage=event is IndexEvent.DAMAGED))


def note_damage_once(
    engine: Engine, space_key: str, generation: str, what: str, *, root: Path
) -> None:
    """Write down that a generation is not what it should be, unless it is known in this place.

    It counts until the generation is gone. SQLAlchemy's errors.
    """
    wanted = (space_key, generation)
    with engine.begin() as connection:
        if wanted not in damages(connection, root, [wanted]):
            note(connection, space_key, IndexEvent.DAMAGED, what, root=root, generation=generation)


def damages(
    connection: Connection, root: Path, generations: Collection[tuple[str, str]]
) -> dict[tuple[str, str], str]:
    """What was found to be wrong with generations, given as (space key, name), in this place."""
    query = (
        select(table.c.space_key, table.c.generation, table.c.detail)
        .where(
            table.c.event == IndexEvent.DAMAGED.value,
            table.c.place == place_of(root),
            tuple_(table.c.space_key, table.c.generation).in_(generations),
        )
        .order_by(table.c.event_id)
    )
    found = connection.execute(query)
    return {(row.space_key, row.generation): row.detail for row in found}


def recent(
    connection: Connection,
    space_key: str,
    limit: int = 20,
    only: tuple[IndexEvent, ...] = tuple(IndexEvent),
) -> list[HappenedEvent]:
    """The newest events of a space, the newest first."""
    query = (
        select(table)
        .where(table.c.space_key == space_key, table.c.event.in_([each.value for each in only]))
        .order_by(table.c.event_id.desc())
        .limit(limit)
    )
    return [
        HappenedEvent(
            row.space_key,
            IndexEvent(row.event),
            row.generation,
            row.place,
            row.detail,
            row.happened_at,
        )
        for row in connection.execute(query)
    ]


def _pruning(space_key: str, kept: int, *, is_damage: bool) -> Delete:
    """Apart, so that no run of failures makes anybody forget what is damaged."""
    alike = and_(
        table.c.space_key == space_key,
        (table.c.event == IndexEvent.DAMAGED.value) == literal(is_damage),
    )
    oldest = select(table.c.event_id).where(alike).order_by(table.c.event_id.desc())
    return delete(table).where(
        alike, table.c.event_id <= oldest.offset(kept).limit(1).scalar_subquery()
    )


def _storable(text: str) -> str:
    """Postgres keeps neither NUL nor half a surrogate pair."""
    return text.encode("utf-8", "replace").decode().replace("\0", "?")
