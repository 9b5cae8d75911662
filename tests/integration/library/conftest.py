"""One library, empty, for every test."""

from __future__ import annotations

from pathlib import Path

import pytest
from library_under_test import LibraryUnderTest
from sqlalchemy import Engine


@pytest.fixture
def library(engine: Engine, tmp_path: Path, data_dir: Path) -> LibraryUnderTest:
    root = tmp_path / "films"
    root.mkdir()
    under_test = LibraryUnderTest(engine, root, data_dir)
    under_test.service.add(root)
    return under_test
