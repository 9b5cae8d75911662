"""Reading with as little around the statement as there can be.

A statement is built once for each shape of a question and kept in the form that Postgres itself
reads, so that a question costs hardly more than its round trip. A reading connection opens no
transaction: each answer is one statement, and so one snapshot.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Self
from weakref import WeakKeyDictionary

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import URL, Connection, Engine, Select, TextClause, event, make_url
from sqlalchemy.exc import DBAPIError

from rushes.db.engine import make_engine
from rushes.db.sql import load_sql

_DIALECT = make_url("postgresql+psycopg://").get_dialect()()
_PARAMETER = re.compile(r"%\((\w+)\)s|%%")
_READERS = 4
_LOOKERS = 2
_KEEPS_PLANS = "-c plan_cache_mode=force_generic_plan"

_Pools = WeakKeyDictionary[Engine, Engine]
_readers: _Pools = WeakKeyDictionary()
_lookers: _Pools = WeakKeyDictionary()
_readers_by_key: _Pools = WeakKeyDictionary()
_pools_lock = Lock()


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection on which each statement is a transaction of its own.

    It comes from a pool beside the engine's: a connection that never rolls back keeps what it has
    prepared.
    """
    with reader(engine).connect() as connection:
        yield connection


@contextmanager
def looking(engine: Engine) -> Iterator[Connection]:
    """The same of a small pool apart, for short looks that those may wait for who hold others."""
    with _beside(_lookers, engine, _LOOKERS).connect() as connection:
        yield connection


@contextmanager
def reading_by_key(engine: Engine) -> Iterator[Connection]:
    """The same for long statements that find few rows by their keys: each connection plans them
    once, whatever the values. Planning takes several times as long as they do.
    """
    pool = _beside(_readers_by_key, engine, _READERS, keeps_plans=True)
    with pool.connect() as connection:
        yield connection


def reader(engine: Engine) -> Engine:
    """The engine that `reading` takes its connections from, disposed with `engine`."""
    return _beside(_readers, engine, _READERS)


def _beside(pools: _Pools, engine: Engine, size: int, *, keeps_plans: bool = False) -> Engine:
    with _pools_lock:
        found = pools.get(engine)
        if found is None:
            url = _keeping_plans(engine.url) if keeps_plans else engine.url
            address = url.render_as_string(hide_password=False)
            found = make_engine(address, pool_size=size, isolation_level="AUTOCOMMIT")
            if keeps_plans:
                event.listen(found, "connect", _prepare_at_once)
            event.listen(engine, "engine_disposed", lambda _: found.dispose())
            pools[engine] = found
        return found


def _keeping_plans(url: URL) -> URL:
    given = url.query.get("options", ())
    options = [given] if isinstance(given, str) else given
    return url.update_query_dict({"options": " ".join([*options, _KEEPS_PLANS])})


def _prepare_at_once(connection: psycopg.Connection[Any], _: Any) -> None:
    """What is not prepared has no plan to keep."""
    connection.prepare_threshold = 0


@dataclass(frozen=True, slots=True)
class Statement:
    """The text of a query with `$1, $2 ...` for `names`, and the values that never change."""

    text: str
    names: tuple[str, ...]
    constants: Mapping[str, Any]

    @classmethod
    def of(cls, query: Select[Any] | TextClause) -> Self:
        """A query whose changing values are `bindparam`s without a value, or SQL with `:names`."""
        made = query.compile(dialect=_DIALECT)
        constants = {
            name: bind.effective_value
            for bind, name in made.bind_names.items()
            if not bind.required
        }
        names: dict[str, int] = {}

        def numbered(found: re.Match[str]) -> str:
            return f"${names.setdefault(found[1], len(names) + 1)}" if found[1] else "%"

        text = _PARAMETER.sub(numbered, made.string)
        return cls(text, tuple(names), constants)

    def rows(self, connection: Connection, parameters: Mapping[str, Any]) -> Sequence[Any]:
        """What the query finds with these values, as named tuples. Raises SQLAlchemy's errors."""
        values = {**self.constants, **parameters}
        own = connection.connection.driver_connection
        assert isinstance(own, psycopg.Connection)
        try:
            with psycopg.RawCursor(own, row_factory=namedtuple_row) as cursor:
                return cursor.execute(self.text, [values[name] for name in self.names]).fetchall()
        except psycopg.Error as error:
            raise DBAPIError.instance(
                self.text, None, error, psycopg.Error, hide_parameters=True, dialect=_DIALECT
            ) from error


@cache
def kept(folder: Path, name: str) -> Statement:
    """The statement in `folder/sql/name.sql`, whose `:parameters` are given at each call."""
    return Statement.of(load_sql(folder, name))
