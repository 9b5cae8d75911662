"""Worlds: one a test, or one a module for tests that share their films."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, make_url, text

from tests.integration.orchestration.worlds import World, open_world

OpenWorld = Callable[[Path], AbstractContextManager[World]]


@contextmanager
def _database(administration: Engine, server_url: str, template: str) -> Iterator[str]:
    """The address of a copy of `template`, dropped at the end."""
    name = f"test_{secrets.token_hex(6)}"
    with administration.connect() as connection:
        connection.execute(text(f'create database "{name}" template "{template}"'))
    yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
    with administration.connect() as connection:
        connection.execute(text(f'drop database "{name}" with (force)'))


@pytest.fixture(scope="session")
def dagster_template(
    administration: Engine,
    server_url: str,
    template_database: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """A database with the tables of Dagster, which takes seconds to make them."""
    with (
        _database(administration, server_url, template_database) as rushes,
        _database(administration, server_url, "template0") as dagster,
    ):
        with open_world(tmp_path_factory.mktemp("template"), rushes, dagster):
            pass
        name = str(make_url(dagster).database)
        everybody = "select pg_terminate_backend(pid) from pg_stat_activity where datname = :name"
        with administration.connect() as connection:
            connection.execute(text(everybody), {"name": name})
        yield name


@pytest.fixture(scope="session")
def new_world(
    administration: Engine, server_url: str, template_database: str, dagster_template: str
) -> OpenWorld:
    """Opens a world in a folder; a process has one at a time."""

    @contextmanager
    def open_new(folder: Path) -> Iterator[World]:
        with (
            _database(administration, server_url, template_database) as rushes,
            _database(administration, server_url, dagster_template) as dagster,
            open_world(folder, rushes, dagster) as world,
        ):
            yield world

    return open_new


@pytest.fixture
def world(new_world: OpenWorld, tmp_path: Path) -> Iterator[World]:
    """A world for one test."""
    with new_world(tmp_path) as world:
        yield world


@pytest.fixture(scope="module")
def shared_world(new_world: OpenWorld, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world for a module that has no other."""
    with new_world(tmp_path_factory.mktemp("world")) as world:
        yield world
