"""A database that many examples share: making one for each would take most of the time."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, make_url, text

from rushes.db.engine import make_engine
from tests.integration.search.changes.changing_library import Database


@pytest.fixture(scope="module")
def changes(administration: Engine, server_url: str, template_database: str) -> Iterator[Database]:
    """Nobody waits for a lock in it: a test that would is wrong."""
    name = f"changes_{secrets.token_hex(6)}"
    with administration.connect() as connection:
        connection.execute(text(f'create database "{name}" template "{template_database}"'))
        connection.execute(text(f"alter database \"{name}\" set lock_timeout = '5s'"))
    address = make_url(server_url).set(database=name).render_as_string(hide_password=False)
    engine = make_engine(address, pool_size=8)
    database = Database(engine)
    yield database
    database.close()
    engine.dispose()
    with administration.connect() as connection:
        connection.execute(text(f'drop database "{name}" with (force)'))
