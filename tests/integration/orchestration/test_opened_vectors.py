"""The API's process opens the vector indexes beside its server, before anybody asks."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import Engine

from orchestration.api_server import open_vectors
from rushes.db.engine import make_engine
from rushes.pipeline.context import PipelineContext
from rushes.settings import Settings
from tests.integration.indexed_films import indexed_films
from tests.integration.vectors.space_writing import SpaceWriting, random_units


@pytest.fixture
def once() -> Event:
    """The server ends already: one look."""
    ending = Event()
    ending.set()
    return ending


def test_every_space_is_open_after_the_first_look(
    engine: Engine, data_dir: Path, once: Event
) -> None:
    context = PipelineContext(Settings(data_dir=data_dir), engine)
    with indexed_films(engine) as films:
        spaces = [SpaceWriting.of(films) for _ in range(2)]
        for each in spaces:
            each.write(random_units(3, 8))
    try:
        open_vectors(context, once)
        found = {each.live.space for each in context.vector_indexes.opened()}
    finally:
        context.vector_indexes.close()
    assert found == {each.space for each in spaces}


def test_a_database_that_is_away_is_told_and_ends_nothing(
    data_dir: Path, once: Event, caplog: pytest.LogCaptureFixture
) -> None:
    nobody = make_engine("postgresql+psycopg://nobody:x@127.0.0.1:1/nothing")
    context = PipelineContext(Settings(data_dir=data_dir), nobody)
    try:
        open_vectors(context, once)
    finally:
        context.vector_indexes.close()
    assert "the spaces cannot be read" in caplog.text
    assert "nobody:x" not in caplog.text
