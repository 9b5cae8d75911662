"""Engines. One unit of work is one `with engine.begin()`: none is shared between threads."""

from __future__ import annotations

import select
import time
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine.interfaces import IsolationLevel
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

_TRUSTED_SECONDS = 1.0
"""A connection that was used so lately is not asked whether it still lives."""
_USED_AT = "used_at"


def make_engine(
    url: str, *, pool_size: int = 4, isolation_level: IsolationLevel | None = None
) -> Engine:
    """An engine on `url` with a small pool; a broken connection is replaced when it is taken."""
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=4,
        **({"isolation_level": isolation_level} if isolation_level else {}),
        connect_args={"connect_timeout": 10, "application_name": "rushes"},
    )
    event.listen(engine, "checkin", _note_use)
    event.listen(engine, "checkout", _replace_broken)
    return engine


def _note_use(connection: Any, entry: ConnectionPoolEntry) -> None:
    entry.info[_USED_AT] = time.monotonic()


def _replace_broken(
    connection: Any, entry: ConnectionPoolEntry, proxied: PoolProxiedConnection
) -> None:
    """Before every use; a round trip only after a while, since it costs as much as a question.

    A server that went away has closed the connection, and that can be seen without asking it.
    """
    used_at = entry.info.get(_USED_AT)
    if used_at is None:
        return
    if connection.closed or _has_something_to_say(connection):
        raise DisconnectionError
    if time.monotonic() - used_at > _TRUSTED_SECONDS:
        try:
            connection.execute("select 1")
            connection.rollback()
        except Exception as error:
            raise DisconnectionError from error


def _has_something_to_say(connection: Any) -> bool:
    """An idle server says nothing, unless it ends."""
    readable, _, _ = select.select([connection.fileno()], [], [], 0)
    return bool(readable)
