"""The HTTP API over films with written results."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from rushes.api.app import make_app
from rushes.db.engine import make_engine
from rushes.pipeline.context import PipelineContext
from rushes.settings import Settings
from tests.integration.indexed_films import IndexedFilms, indexed_films

MakeClient = Callable[..., TestClient]
NOBODY = "postgresql+psycopg://nobody:x@127.0.0.1:1/nothing"
"""A database that is away."""
KEY = "a key of the tests"
NO_ENGINE = "http://127.0.0.1:1"
"""A search engine that is never asked: no library has an index. Without it a node is started."""


@pytest.fixture
def films(engine: Engine) -> Iterator[IndexedFilms]:
    with indexed_films(engine) as films:
        yield films


@pytest.fixture
def make_client(data_dir: Path) -> MakeClient:
    """A client of the API over an engine; what the API does not catch reaches it as a 500."""

    def make(engine: Engine, **settings: Any) -> TestClient:
        chosen = {"api_key": KEY, "QUICKWIT_URL": NO_ENGINE, **settings}
        context = PipelineContext(Settings(data_dir=data_dir, **chosen), engine)
        return TestClient(make_app(context), raise_server_exceptions=False)

    return make


@pytest.fixture
def away(make_client: MakeClient) -> TestClient:
    """A client of an API whose database is away: for what needs none."""
    return make_client(make_engine(NOBODY))


@pytest.fixture
def writer(client: TestClient) -> TestClient:
    """The client, with the key."""
    client.headers["X-API-Key"] = KEY
    return client


@pytest.fixture
def client(films: IndexedFilms, make_client: MakeClient) -> TestClient:
    """A client of the API over the database of `films`."""
    return make_client(films.engine)
