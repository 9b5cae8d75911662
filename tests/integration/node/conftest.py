"""Fixtures: a node, or the server at QUICKWIT_URL, and a fresh index in it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pytest

from tests.integration.node.node_process import IndexClient, NodeProcess, index_config

MakeIndex = Callable[[], IndexClient]


@pytest.fixture(scope="session")
def quickwit_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of what the contract is tested on."""
    if given := os.environ.get("QUICKWIT_URL"):
        yield given
        return
    node = NodeProcess(tmp_path_factory.mktemp("node") / "data")
    yield node.url
    assert node.end() == 0


@pytest.fixture(scope="session")
def http(quickwit_url: str) -> Iterator[httpx.Client]:
    """A client of it."""
    with httpx.Client(base_url=quickwit_url, timeout=60) as client:
        yield client


@contextmanager
def fresh(http: httpx.Client) -> Iterator[IndexClient]:
    """An empty index, removed at the end."""
    index_id = f"contract-{secrets.token_hex(6)}"
    answer = http.post("/api/v1/indexes", json=index_config(index_id))
    assert answer.status_code == 200, answer.text
    yield IndexClient(http, index_id)
    http.delete(f"/api/v1/indexes/{index_id}")


@pytest.fixture(scope="module")
def make_index(http: httpx.Client) -> Iterator[MakeIndex]:
    """Makes fresh indexes, which are removed after the tests of the module."""
    with ExitStack() as made:
        yield lambda: made.enter_context(fresh(http))


@pytest.fixture(scope="module")
def shared(make_index: MakeIndex) -> IndexClient:
    """One index for the tests of a module that do not care what else is in it."""
    return make_index()


@pytest.fixture
def index(http: httpx.Client) -> Iterator[IndexClient]:
    """A fresh, empty index."""
    with fresh(http) as made:
        yield made
