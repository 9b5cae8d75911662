"""Which run answers: the newest completed one of the film's current content."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from artifact_making import FILM, SEGMENT, add_film, add_run, envelope
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, select, update

from rushes.artifacts.repository import ArtifactRepository
from rushes.artifacts.selection import selected_run_ids, selected_runs
from rushes.artifacts.vocabulary import ArtifactType
from rushes.db.tables import asset
from rushes.errors import InvalidRequestError

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
RUNS = st.lists(
    st.tuples(
        st.sampled_from(["running", "completed", "failed"]),
        st.integers(1, 3),
        st.integers(0, 100),
    ),
    max_size=8,
    unique_by=lambda run: run[2],
)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(made=RUNS, current=st.integers(1, 3))
def test_the_newest_completed_run_of_the_current_content_is_chosen(
    film_engine: Engine, made: list[tuple[str, int, int]], current: int
) -> None:
    with film_engine.connect() as connection:
        connection.execute(update(asset).values(content_version=current))
        eligible = {}
        for status, version, minute in made:
            finished = NOON + timedelta(minutes=minute)
            run_id = add_run(connection, status=status, version=version, finished_at=finished)
            if status == "completed" and version == current:
                eligible[minute] = run_id
        chosen = selected_run_ids(connection, FILM, SEGMENT)
        connection.rollback()
    assert chosen == ([eligible[max(eligible)]] if eligible else [])


def test_an_empty_completed_run_counts(
    connection: Connection, repository: ArtifactRepository
) -> None:
    full = add_run(connection, finished_at=NOON)
    repository.batch_create(connection, [envelope(full)])
    empty = add_run(connection, finished_at=NOON + timedelta(minutes=1))
    chosen = selected_run_ids(connection, FILM, SEGMENT)
    assert chosen == [empty]
    assert repository.by_asset(connection, FILM, SEGMENT, chosen) == []


def test_each_film_and_stage_has_its_own_answer(connection: Connection) -> None:
    add_film(connection, "other")
    expected = {
        ("film", "transcript"): add_run(connection),
        ("film", "scenes"): add_run(connection, "scenes"),
        ("other", "scenes"): add_run(connection, "scenes", asset_id="other"),
    }
    chosen = connection.execute(select(selected_runs())).all()
    assert {(each.asset_id, each.stage): each.run_id for each in chosen} == expected
    assert selected_run_ids(connection, FILM, ArtifactType.SCENE) == [expected["film", "scenes"]]


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="newest"):
        selected_runs(mode="newest")  # type: ignore[arg-type]
