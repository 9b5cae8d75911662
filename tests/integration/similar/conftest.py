"""Films with written results, over a fresh database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from tests.integration.indexed_films import IndexedFilms, indexed_films


@pytest.fixture
def films(engine: Engine) -> Iterator[IndexedFilms]:
    with indexed_films(engine) as films:
        yield films
