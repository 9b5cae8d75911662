"""Every index that was ever made: `index_generation`. No row is deleted, no name used again."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Select, func, insert, select, update

from rushes.db.search_tables import index_generation as table
from rushes.db.search_tables import library_model_policy as policy
from rushes.db.sql import load_sql
from rushes.search.generations.errors import GenerationNotFoundError
from rushes.search.quickwit.template import compile_template, config_hash

NAME_PREFIX: Final = "rushes-scenes-"

_HERE = Path(__file__).parent
_TOKEN_BYTES = 4


class GenerationState(StrEnum):
    """What an index is for.

    building: being made or filled, nobody reads it. active: answers for a library at least, or
    will for the first. draining: answers for none; the previous one of some, or on its way out.
    dropped: the engine has it no more.
    """

    BUILDING = "building"
    ACTIVE = "active"
    DRAINING = "draining"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class IndexGeneration:
    """`changed_at`: when `state` or `is_written` changed last."""

    name: str
    config_hash: str
    config: dict[str, Any]
    state: GenerationState
    is_written: bool
    created_at: datetime
    changed_at: datetime


class IndexGenerationRepository:
    """Reads and writes the rows. States follow what the policies name: see `refresh_states`."""

    def all(self, connection: Connection) -> list[IndexGeneration]:
        """Every one, dropped ones too, the oldest first."""
        return _read(connection, _generations())

    def get(self, connection: Connection, name: str) -> IndexGeneration:
        """Raises GenerationNotFoundError."""
        # What cannot be the name of an index may be a text that Postgres does not take.
        is_name = name.isascii() and name.isprintable()
        known = _read(connection, _generations().where(table.c.name == name)) if is_name else []
        if not known:
            raise GenerationNotFoundError(
                f"there is no index generation {name!r}", remedy="rushes search-index generations"
            )
        return known[0]

    def of_state(self, connection: Connection, state: GenerationState) -> list[IndexGeneration]:
        """Those in that state, the oldest first."""
        return _read(connection, _generations().where(table.c.state == state.value))

    def in_use(self, connection: Connection) -> list[IndexGeneration]:
        """Those that have to be in the engine: named by a policy, or active."""
        named = select(policy).where(
            table.c.name.in_(
                (
                    policy.c.active_index_name,
                    policy.c.shadow_index_name,
                    policy.c.previous_index_name,
                )
            )
        )
        query = _generations().where(
            table.c.state != GenerationState.DROPPED.value,
            (table.c.state == GenerationState.ACTIVE.value) | named.exists(),
        )
        return _read(connection, query)

    def reserve(self, connection: Connection, now: datetime) -> IndexGeneration:
        """A row for a new index of the template of this code, which the engine has not yet."""
        number = connection.execute(select(func.count() + 1).select_from(table)).scalar_one()
        config = compile_template(f"{NAME_PREFIX}{secrets.token_hex(_TOKEN_BYTES)}-{number}")
        made = IndexGeneration(
            name=config["index_id"],
            config_hash=config_hash(config),
            config=config,
            state=GenerationState.BUILDING,
            is_written=True,
            created_at=now,
            changed_at=now,
        )
        values = {field.name: getattr(made, field.name) for field in fields(made)}
        connection.execute(insert(table).values(values | {"state": made.state.value}))
        return made

    def set_state(
        self, connection: Connection, name: str, state: GenerationState, now: datetime
    ) -> None:
        """For the two changes that no policy tells of: the first that is active, and dropped."""
        values = {"state": state.value, "changed_at": now}
        connection.execute(update(table).where(table.c.name == name).values(values))

    def refresh_states(self, connection: Connection, now: datetime) -> None:
        """Make states and write flags follow the policies.

        What no policy names and nobody needs is drained. Nobody else may be making an index.
        """
        connection.execute(load_sql(_HERE, "refresh_states"), {"now": now})


def _generations() -> Select[Any]:
    columns = (table.c[field.name] for field in fields(IndexGeneration))
    return select(*columns).order_by(table.c.created_at, table.c.name)


def _read(connection: Connection, query: Select[Any]) -> list[IndexGeneration]:
    return [
        IndexGeneration(**{**row, "state": GenerationState(row["state"])})
        for row in connection.execute(query).mappings()
    ]
