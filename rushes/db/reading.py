"""Reading with as little around the statement as there can be.

A statement is built and compiled once for each shape of a question, and kept; a reading connection
opens no transaction, since each answer is one statement and so one snapshot.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import Connection, Engine, Row, Select, make_url

_DIALECT = make_url("postgresql+psycopg://").get_dialect()()


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection on which each statement is a transaction of its own."""
    with engine.connect() as connection:
        yield connection.execution_options(isolation_level="AUTOCOMMIT")


@dataclass(frozen=True, slots=True)
class Statement:
    """The text of a query and the values that never change; the others are named parameters."""

    text: str
    constants: Mapping[str, Any]

    @classmethod
    def of(cls, query: Select[Any]) -> Self:
        """A query whose changing values are `bindparam`s without a value."""
        made = query.compile(dialect=_DIALECT)
        constants = {
            name: bind.effective_value
            for bind, name in made.bind_names.items()
            if not bind.required
        }
        return cls(made.string, constants)

    def rows(self, connection: Connection, parameters: Mapping[str, Any]) -> Sequence[Row[Any]]:
        """What the query finds with these values."""
        return connection.exec_driver_sql(self.text, {**self.constants, **parameters}).all()
