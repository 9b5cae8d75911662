"""A pipeline over a real database and real documents, whose analysers are fakes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from rushes.pipeline.context import PipelineContext
from rushes.settings import Settings
from tests.integration.indexed_films import IndexedFilms, indexed_films
from tests.integration.pipeline.fake_stages import FakeAnalyser, install_fakes


@pytest.fixture
def films(engine: Engine) -> Iterator[IndexedFilms]:
    with indexed_films(engine) as films:
        yield films


@pytest.fixture
def pipeline(engine: Engine, data_dir: Path) -> Iterator[PipelineContext]:
    context = PipelineContext(Settings(data_dir=data_dir), engine)
    yield context
    context.close()


@pytest.fixture
def fakes(pipeline: PipelineContext) -> dict[str, FakeAnalyser]:
    """The fake of each stage, in its place in `pipeline`."""
    return install_fakes(pipeline)
