"""A database with one film, and the repository with every schema."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
from artifact_making import add_film
from sqlalchemy import Connection, Engine, make_url, text

from rushes.artifacts.registry import default_registry
from rushes.artifacts.repository import ArtifactRepository
from rushes.db.engine import make_engine


@pytest.fixture
def repository() -> ArtifactRepository:
    return ArtifactRepository(default_registry())


@pytest.fixture
def film_engine(engine: Engine) -> Engine:
    """An engine on a database with one film."""
    with engine.begin() as connection:
        add_film(connection)
    return engine


@pytest.fixture
def connection(film_engine: Engine) -> Iterator[Connection]:
    """One transaction on that database, rolled back at the end."""
    with film_engine.connect() as connection:
        yield connection


@pytest.fixture(scope="session")
def store_database(
    administration: Engine, server_url: str, template_database: str
) -> Iterator[Engine]:
    """An engine on one database with one film, for tests that roll back.

    Its transcript refuses the text `poison`, as a projection that cannot be written does.
    """
    name = f"store_{secrets.token_hex(6)}"
    with administration.connect() as connection:
        connection.execute(text(f'create database "{name}" template "{template_database}"'))
    engine = make_engine(make_url(server_url).set(database=name).render_as_string(False))
    with engine.begin() as connection:
        add_film(connection)
        connection.execute(
            text("alter table transcript_fts add constraint never check (text <> 'poison')")
        )
    yield engine
    engine.dispose()
    with administration.connect() as connection:
        connection.execute(text(f'drop database "{name}" with (force)'))
