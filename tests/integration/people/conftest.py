"""A database with two films of a library; one for all these tests, emptied before each."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
from people_making import add_film
from sqlalchemy import Connection, Engine, make_url, text

from rushes.db.engine import make_engine
from rushes.people.service import PeopleService


@pytest.fixture(scope="session")
def people_database(
    administration: Engine, server_url: str, template_database: str
) -> Iterator[Engine]:
    """An engine on a migrated database."""
    name = f"people_{secrets.token_hex(6)}"
    with administration.connect() as connection:
        connection.execute(text(f'create database "{name}" template "{template_database}"'))
    engine = make_engine(make_url(server_url).set(database=name).render_as_string(False))
    yield engine
    engine.dispose()
    with administration.connect() as connection:
        connection.execute(text(f'drop database "{name}" with (force)'))


@pytest.fixture
def films_engine(people_database: Engine) -> Engine:
    """An engine on a database with the films `one` and `two`."""
    with people_database.begin() as connection:
        connection.execute(text("truncate libraries, embedding_cache cascade"))
        connection.execute(text("truncate embedding_tombstones"))
        add_film(connection, "one")
        add_film(connection, "two")
    return people_database


@pytest.fixture
def connection(films_engine: Engine) -> Iterator[Connection]:
    """One transaction on that database, rolled back at the end."""
    with films_engine.connect() as connection:
        yield connection


@pytest.fixture
def service(films_engine: Engine) -> PeopleService:
    """What may be said about the people of that database."""
    return PeopleService(films_engine, author="tester")
