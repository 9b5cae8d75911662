"""Whatever happens to a space, its generation with what came since is what Postgres holds."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from generation_checks import check_answers, check_holds, opened, view_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from space_writing import SpaceWriting, random_units

from rushes.db.tables import artifacts, asset, runs
from rushes.vectors.building.build import build_generation
from rushes.vectors.building.comparing import compare
from rushes.vectors.building.options import BuildOptions
from rushes.vectors.building.save import save_generation
from rushes.vectors.generations.manifest import IndexType
from tests.integration.indexed_films import IndexedFilms

_FILMS = 3
_STEP = st.tuples(
    st.sampled_from(
        ["write", "write", "delete", "again", "artifact", "run", "film", "save", "save", "build"]
    ),
    st.integers(0, 10_000),
)


class _History:
    """One space through its steps."""

    def __init__(self, space: SpaceWriting, root: Path, options: BuildOptions) -> None:
        self.space, self.options = space, options
        self.folder = space.folder(root)
        self.engine = space.films.engine
        self.films = [space.films.film() for _ in range(_FILMS)]
        space.write(random_units(90, 8, 1), self.films[0])
        build_generation(self.engine, self.folder, options, reason="first")

    def step(self, what: str, number: int) -> None:
        standing, known = sorted(self.space.truth()), sorted(self.space.rows)
        if what == "write":
            self._write(number)
        elif what == "save":
            base = opened(self.folder)
            save_generation(self.engine, self.folder, base, self.options, reason="step")
        elif what == "build":
            build_generation(self.engine, self.folder, self.options, reason="step")
        elif what == "again":
            self._again(known[number % len(known)], number)
        elif standing:
            self._delete(what, standing[number % len(standing)], standing, number)

    def check(self) -> None:
        truth, base = self.space.truth(), opened(self.folder)
        view = view_of(self.engine, base)
        check_holds(view, truth)
        if base.manifest.index_type is IndexType.FLAT:
            check_answers(view, truth, random_units(1, 8, len(truth))[0], 12)
        with self.engine.connect() as connection:
            comparison = compare(connection, base)
        assert comparison.is_equal, comparison
        assert comparison.count == comparison.checked == len(truth)

    def _write(self, number: int) -> None:
        film = self.films[number % _FILMS]
        self.space.write(random_units(1 + number % 40, 8, number), film)

    def _again(self, embedding_id: str, number: int) -> None:
        with self.engine.connect() as connection:
            row = self.space.rows[embedding_id]
            query = artifacts.select().where(artifacts.c.artifact_id == row.artifact_id)
            if connection.execute(query).first() is None:
                return
        self.space.delete([embedding_id])
        self.space.write_again(embedding_id, random_units(1, 8, number)[0])

    def _delete(self, what: str, one: str, standing: list[str], number: int) -> None:
        row = self.space.rows[one]
        if what == "delete":
            self.space.delete(standing[number % len(standing) :: 1 + number % 7])
        elif what == "artifact":
            self.space.delete_where(artifacts, artifact_id=row.artifact_id)
        elif what == "run":
            self.space.delete_where(runs, run_id=row.run_id)
        else:
            self.space.delete_where(asset, asset_id=row.asset_id)
            place = self.films.index(row.asset_id)
            self.films[place] = self.space.films.film()


@pytest.fixture
def root() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.mark.parametrize("flat_limit", [10_000, 60], ids=["flat", "ivf"])
def test_after_any_history_the_generation_is_what_postgres_holds(
    films: IndexedFilms, root: Path, flat_limit: int
) -> None:
    options = BuildOptions(flat_limit=flat_limit, recall_target=0.5)
    kinds: set[IndexType] = set()

    @settings(
        max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
    )
    @given(st.lists(_STEP, min_size=1, max_size=8))
    def holds(steps: list[tuple[str, int]]) -> None:
        history = _History(SpaceWriting.of(films), root, options)
        for what, number in steps:
            history.step(what, number)
        kinds.add(opened(history.folder).manifest.index_type)
        history.check()

    holds()
    assert (IndexType.IVF if flat_limit == 60 else IndexType.FLAT) in kinds
