"""An archive of two libraries, whose films wait to be published."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.integration.indexed_films import indexed_films
from tests.integration.search.generations.local_node import LocalNode
from tests.integration.search.generations.searched_archive import Archive


@pytest.fixture
def archive(engine: Engine, tmp_path: Path) -> Iterator[Archive]:
    node = LocalNode(tmp_path / "node")
    with indexed_films(engine) as films, node.client() as client:
        made = Archive(engine, films, node, client)
        for library in ("hills", "hills", "coast"):
            made.add(library)
        yield made
    node.engine.close()


@pytest.fixture
def indexed(archive: Archive) -> Archive:
    """The same, once all is published in the first generation."""
    archive.ensure()
    archive.sync()
    archive.advance()
    return archive
