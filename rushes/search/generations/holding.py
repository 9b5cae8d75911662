"""One at a time: whoever makes, promotes or drops an index."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

_LOCK: Final = 0x52534947  # any fixed number


@contextmanager
def alone(engine: Engine) -> Iterator[Connection]:
    """A connection whose session nobody else has at that time; others wait.

    The engine is asked meanwhile, so there is no open transaction: begin one for each step. Who
    loses the lock has lost the connection, and writes nothing more.
    """
    with engine.connect() as connection:
        try:
            connection.execute(select(func.pg_advisory_lock(_LOCK)))
            connection.commit()
            yield connection
        finally:
            _unlock(connection)


def _unlock(connection: Connection) -> None:
    """A connection that cannot be asked any more is not given back to the pool with its lock."""
    is_free = False
    try:
        if connection.in_transaction():
            connection.rollback()
        connection.execute(select(func.pg_advisory_unlock(_LOCK)))
        connection.commit()
        is_free = True
    except SQLAlchemyError:
        pass  # the server is gone, and the lock with it
    finally:
        if not is_free:
            connection.invalidate()
