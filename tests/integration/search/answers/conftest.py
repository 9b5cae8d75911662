"""One world of films for all tests that only read it, in Postgres and in a node's index."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, insert, make_url, text, update

from rushes.db.engine import make_engine
from rushes.db.search_tables import index_generation, library_model_policy
from rushes.search.generations.index_generations import NAME_PREFIX
from rushes.search.quickwit.client import QuickwitClient
from rushes.search.quickwit.template import compile_template, config_hash, load_template
from rushes.search.sync.draining import DrainLimits, drain
from tests.integration.indexed_films import indexed_films
from tests.integration.node.node_process import NodeProcess
from tests.integration.search.answers.search_world import World, make_world


@pytest.fixture(scope="package")
def world(administration: Engine, server_url: str, template_database: str) -> Iterator[World]:
    """Not to be changed by any test."""
    name = f"search_{secrets.token_hex(6)}"
    with administration.connect() as connection:
        connection.execute(text(f'create database "{name}" template "{template_database}"'))
    engine = make_engine(make_url(server_url).set(database=name).render_as_string(False))
    with indexed_films(engine) as films:
        yield make_world(films)
    engine.dispose()
    with administration.connect() as connection:
        connection.execute(text(f'drop database "{name}" with (force)'))


@pytest.fixture(scope="package")
def node_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a node of its own."""
    node = NodeProcess(tmp_path_factory.mktemp("searched") / "data")
    yield node.url
    assert node.end() == 0


@pytest.fixture(scope="package")
def client(node_url: str) -> Iterator[QuickwitClient]:
    """Of that node."""
    with QuickwitClient(node_url) as client:
        yield client


@pytest.fixture(scope="package")
def indexed_world(world: World, client: QuickwitClient) -> World:
    """The same world, published; each library in an index of its own."""
    for library in ("here", "there"):
        add_index(world.engine, client, f"{NAME_PREFIX}{library}-1", [library])
    for _ in drain(world.engine, client, DrainLimits()):
        pass
    return world


def add_index(engine: Engine, client: QuickwitClient, name: str, libraries: list[str]) -> None:
    """An index that answers for these libraries and shows what it gets within a second."""
    config: dict[str, Any] = compile_template(name)
    config["indexing_settings"] = {"commit_timeout_secs": 1}
    client.create_index(config)
    values = {
        "name": name,
        "config": config,
        "config_hash": config_hash(load_template()),
        "state": "active",
        "changed_at": datetime.now(UTC),
    }
    with engine.begin() as connection:
        connection.execute(insert(index_generation).values(**values))
        connection.execute(
            update(library_model_policy)
            .where(library_model_policy.c.library_slug.in_(libraries))
            .values(active_index_name=name)
        )
