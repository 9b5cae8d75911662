"""A comparison with Postgres finds whatever is wrong with a generation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from generation_checks import opened
from space_writing import SpaceWriting, random_units
from sqlalchemy import Engine, text

from rushes.db.reading import reading
from rushes.vectors.building.build import build_generation
from rushes.vectors.building.comparing import Comparison, compare
from rushes.vectors.building.options import BuildOptions
from rushes.vectors.live.base import Base
from rushes.vectors.live.bits import with_bits
from tests.integration.indexed_films import IndexedFilms


@pytest.fixture
def space(films: IndexedFilms) -> SpaceWriting:
    return SpaceWriting.of(films)


@pytest.fixture
def ids(space: SpaceWriting) -> list[str]:
    return space.write(random_units(40, 8))


@pytest.fixture
def base(space: SpaceWriting, ids: list[str], tmp_path: Path) -> Base:
    folder = space.folder(tmp_path)
    build_generation(space.films.engine, folder, BuildOptions(), reason="test")
    return opened(folder)


def _compared(engine: Engine, base: Base, sample: int = 1000) -> Comparison:
    with engine.connect() as connection:
        return compare(connection, base, sample, seed=1)


def _execute(space: SpaceWriting, statement: str, **values: object) -> None:
    with space.films.engine.begin() as connection:
        connection.execute(text(statement), values)


def test_a_generation_with_its_changes_is_equal(
    space: SpaceWriting, base: Base, ids: list[str]
) -> None:
    space.write(random_units(5, 8, 1))
    space.delete(ids[:3])
    space.write_again(ids[1], random_units(1, 8, 2)[0])
    comparison = _compared(space.films.engine, base)
    assert comparison.is_equal
    assert (comparison.count, comparison.checked) == (43, 43)


def test_a_connection_that_only_reads_will_do(space: SpaceWriting, base: Base) -> None:
    with reading(space.films.engine) as connection:
        assert compare(connection, base).is_equal
    with reading(space.films.engine) as connection:
        connection.execute(text("select 1"))
        assert not connection.connection.driver_connection.info.transaction_status


def test_a_vector_that_the_index_buried_without_a_reason_is_missing(
    space: SpaceWriting, base: Base, ids: list[str]
) -> None:
    at = base.positions([ids[7]])
    comparison = _compared(space.films.engine, replace(base, buried=with_bits(base.buried, at)))
    assert (comparison.missing, comparison.surplus, comparison.differing) == (1, 0, 0)
    assert comparison.examples == (ids[7],)


def test_a_vector_that_went_without_a_tombstone_is_surplus(
    space: SpaceWriting, base: Base, ids: list[str]
) -> None:
    space.delete([ids[7]])
    _execute(space, "delete from embedding_tombstones")
    comparison = _compared(space.films.engine, base)
    assert (comparison.missing, comparison.surplus, comparison.differing) == (0, 1, 0)
    assert comparison.examples == (ids[7],)


def test_a_vector_of_other_bytes_differs(space: SpaceWriting, base: Base, ids: list[str]) -> None:
    other = random_units(1, 8, 3)[0].tobytes()
    change = "update embeddings set vector = :vector where embedding_id = :id"
    _execute(space, change, vector=other, id=ids[7])
    comparison = _compared(space.films.engine, base)
    assert (comparison.missing, comparison.surplus, comparison.differing) == (0, 0, 1)


def test_a_vector_of_another_run_differs(space: SpaceWriting, base: Base, ids: list[str]) -> None:
    space.write(random_units(1, 8, 1))
    changed = replace(base, run_of=np.zeros_like(base.run_of), run_ids=("another",))
    comparison = _compared(space.films.engine, changed)
    assert (comparison.differing, comparison.missing) == (40, 0)
    assert len(comparison.examples) == 10


def test_only_a_sample_of_the_vectors_is_compared(space: SpaceWriting, base: Base) -> None:
    space.write(random_units(20, 8, 1))
    comparison = _compared(space.films.engine, base, sample=25)
    assert (comparison.count, comparison.checked, comparison.is_equal) == (60, 25, True)


def test_where_tombstones_were_pruned_nothing_can_be_compared(
    space: SpaceWriting, base: Base, ids: list[str]
) -> None:
    space.delete(ids[:3])
    _execute(space, "update embedding_tombstones set horizon = seq")
    comparison = _compared(space.films.engine, base)
    assert comparison.is_outdated
    assert not comparison.is_equal
