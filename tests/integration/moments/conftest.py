"""Three films with known moments, committed, and a client of the API over them."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from moment_making import BY_HAND, NEWEST, OLDER, Film, Thing, write
from sqlalchemy import Engine

from rushes.api.app import make_app
from rushes.pipeline.context import PipelineContext
from rushes.settings import Settings


@pytest.fixture
def films(engine: Engine) -> list[Film]:
    """`later` and `sooner` in the library films, undated `strange` in another one."""
    made = [
        Film(
            "later",
            [
                Thing("person", "Ann", 1_000, 3_000),
                Thing("written", "the exit", 7_000, 9_000),
                Thing("person", "Ann", 60_000, 61_000),
                Thing("said", "way out", 60_500, 62_000),
                Thing("object", "dog", 60_000, 70_000),
            ],
            day=2,
        ),
        Film(
            "sooner",
            [
                Thing("person", "Ann", 0, 10_000),
                Thing("written", "exit", 4_000, 5_000),
                Thing("written", "exit", 8_000, 9_000, OLDER),
                Thing("object", "dog", 4_000, 6_000, NEWEST),
                Thing("object", "cat", 4_100, 6_000, BY_HAND),
            ],
            day=1,
        ),
        Film(
            "strange",
            [Thing("person", "Ann", 0, 1_000), Thing("written", "exit", 500, 600)],
            day=None,
            library="other",
        ),
    ]
    with engine.begin() as connection:
        write(connection, made, ["Ann"])
    return made


@pytest.fixture
def client(films: list[Film], engine: Engine, data_dir: Path) -> TestClient:
    """What the API does not catch reaches it as a 500."""
    context = PipelineContext(Settings(data_dir=data_dir), engine)
    return TestClient(make_app(context), raise_server_exceptions=False)
