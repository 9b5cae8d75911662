"""A database with one film, and the repository with every schema."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from artifact_making import add_film
from sqlalchemy import Connection, Engine

from rushes.artifacts.registry import default_registry
from rushes.artifacts.repository import ArtifactRepository


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
