"""Fixtures: a search node, a client of it, and a library without films."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from rushes.search.quickwit.client import QuickwitClient
from tests.integration.node.node_process import NodeProcess
from tests.integration.search.sync.many_films import add_library


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    """The node of all these tests; each has generations of its own in it."""
    node = NodeProcess(tmp_path_factory.mktemp("search-node") / "data")
    yield node
    assert node.end() == 0


@pytest.fixture
def client(node: NodeProcess) -> Iterator[QuickwitClient]:
    """Asks for the address each time: the node may be started anew."""
    with QuickwitClient(lambda: node.url) as client:
        yield client


@pytest.fixture
def archive(engine: Engine) -> Engine:
    """A database with one library, without films."""
    add_library(engine)
    return engine
