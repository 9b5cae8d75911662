"""The HTTP API over films with written results."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from rushes.api.app import make_app
from rushes.pipeline.context import PipelineContext
from rushes.settings import Settings
from tests.integration.indexed_films import IndexedFilms, indexed_films

MakeClient = Callable[[Engine], TestClient]


@pytest.fixture
def films(engine: Engine) -> Iterator[IndexedFilms]:
    with indexed_films(engine) as films:
        yield films


@pytest.fixture
def make_client(data_dir: Path) -> MakeClient:
    """A client of the API over an engine; what the API does not catch reaches it as a 500."""

    def make(engine: Engine) -> TestClient:
        context = PipelineContext(Settings(data_dir=data_dir), engine)
        return TestClient(make_app(context), raise_server_exceptions=False)

    return make


@pytest.fixture
def client(films: IndexedFilms, make_client: MakeClient) -> TestClient:
    """A client of the API over the database of `films`."""
    return make_client(films.engine)
