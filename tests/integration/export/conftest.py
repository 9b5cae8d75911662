"""A database that is filled, backed up, emptied and filled anew."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, make_url, text

from rushes.db.engine import make_engine
from rushes.people.service import PeopleService
from tests.integration.export.world import CAST, analyse, empty_all


@pytest.fixture(scope="session")
def export_database(
    administration: Engine, server_url: str, template_database: str
) -> Iterator[Engine]:
    """An engine on a migrated database."""
    name = f"export_{secrets.token_hex(6)}"
    with administration.connect() as connection:
        connection.execute(text(f'create database "{name}" template "{template_database}"'))
    engine = make_engine(make_url(server_url).set(database=name).render_as_string(False))
    yield engine
    engine.dispose()
    with administration.connect() as connection:
        connection.execute(text(f'drop database "{name}" with (force)'))


@pytest.fixture
def empty(export_database: Engine) -> Engine:
    """An engine on an empty database."""
    empty_all(export_database)
    return export_database


@pytest.fixture
def service(empty: Engine) -> PeopleService:
    """Two films with four people, two of whom are in both."""
    analyse(empty, CAST)
    return PeopleService(empty, "ann")
