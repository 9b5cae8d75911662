"""For tests that read in the transaction that they write in."""

from __future__ import annotations

from sqlalchemy import Connection, text


def settle(connection: Connection) -> None:
    """Do now what is otherwise done at the commit: the answers of changed films are kept anew."""
    connection.execute(text("set constraints all immediate"))
    connection.execute(text("set constraints all deferred"))
