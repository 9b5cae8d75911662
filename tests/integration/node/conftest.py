"""Fixtures: a node, or the server at QUICKWIT_URL, and a fresh index in it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator

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


@pytest.fixture
def make_index(http: httpx.Client) -> Iterator[MakeIndex]:
    """Makes fresh indexes, which are removed after the test."""
    made: list[str] = []

    def make() -> IndexClient:
        index_id = f"contract-{secrets.token_hex(6)}"
        answer = http.post("/api/v1/indexes", json=index_config(index_id))
        assert answer.status_code == 200, answer.text
        made.append(index_id)
        return IndexClient(http, index_id)

    yield make
    for index_id in made:
        http.delete(f"/api/v1/indexes/{index_id}")


@pytest.fixture
def index(make_index: MakeIndex) -> IndexClient:
    """A fresh, empty index."""
    return make_index()
