"""Which run answers: the newest completed one of the film's current content."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from artifact_making import FILM, SEGMENT, add_film, add_run, envelope
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from settling import settle
from sqlalchemy import Connection, Engine, select, update

from rushes.artifacts.policies import set_policy
from rushes.artifacts.registry import default_registry
from rushes.artifacts.repository import ArtifactRepository
from rushes.artifacts.run_list import runs_of_film
from rushes.artifacts.selection import (
    Selection,
    SelectionMode,
    selected_run_ids,
    selected_runs,
)
from rushes.artifacts.vocabulary import ArtifactType, ModelProfile
from rushes.db.tables import asset
from rushes.errors import InvalidRequestError, NotFoundError

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
        settle(connection)
        chosen = selected_run_ids(connection, FILM, SEGMENT)
        connection.rollback()
    assert chosen == ([eligible[max(eligible)]] if eligible else [])


def test_an_empty_completed_run_counts(
    connection: Connection, repository: ArtifactRepository
) -> None:
    full = add_run(connection, finished_at=NOON)
    repository.batch_create(connection, [envelope(full)])
    empty = add_run(connection, finished_at=NOON + timedelta(minutes=1))
    settle(connection)
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
    settle(connection)
    chosen = connection.execute(select(selected_runs())).all()
    assert {(each.asset_id, each.stage): each.run_id for each in chosen} == expected
    assert selected_run_ids(connection, FILM, ArtifactType.SCENE) == [expected["film", "scenes"]]


PROFILED_RUNS = st.lists(
    st.tuples(st.sampled_from(["fast", "balanced", "high_quality", "none"]), st.integers(0, 100)),
    max_size=6,
    unique_by=lambda run: run[1],
)
QUALITY = {"high_quality": 3, "balanced": 2, "fast": 1, "none": 0}


@pytest.mark.parametrize("stored", [False, True], ids=["asked for", "stored"])
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(made=PROFILED_RUNS, mode=st.sampled_from(list(SelectionMode)), data=st.data())
def test_every_mode_chooses_as_it_says_whether_asked_for_or_stored(
    film_engine: Engine,
    stored: bool,
    made: list[tuple[str, int]],
    mode: SelectionMode,
    data: st.DataObject,
) -> None:
    with film_engine.connect() as connection:
        by_minute = {
            minute: (
                add_run(connection, profile=profile, finished_at=NOON + timedelta(minutes=minute)),
                profile,
            )
            for profile, minute in made
        }
        pinned = data.draw(st.sampled_from([run for run, _ in by_minute.values()] or ["none"]))
        selection = Selection(mode, ModelProfile.FAST, pinned)
        if stored:
            if mode is SelectionMode.PINNED and not made:
                connection.rollback()
                return
            set_policy(connection, [FILM], [SEGMENT], selection)
        settle(connection)
        chosen = selected_run_ids(connection, FILM, SEGMENT, None if stored else selection)
        connection.rollback()
    newest = [run for _, run in sorted(by_minute.items(), reverse=True)]
    expected = {
        SelectionMode.DEFAULT: newest,
        SelectionMode.LATEST: newest,
        SelectionMode.PROFILE: [run for run in newest if run[1] == "fast"],
        SelectionMode.PINNED: [run for run in newest if run[0] == pinned],
        SelectionMode.BEST_QUALITY: sorted(newest, key=lambda run: -QUALITY[run[1]]),
    }[mode]
    assert chosen == [run for run, _ in expected[:1]]


def test_a_request_beats_the_stored_policy_and_default_forgets_it(connection: Connection) -> None:
    fast = add_run(connection, profile="fast", finished_at=NOON)
    newest = add_run(connection, finished_at=NOON + timedelta(minutes=1))
    by_profile = Selection(SelectionMode.PROFILE, ModelProfile.FAST)
    set_policy(connection, [FILM], [SEGMENT], by_profile)
    settle(connection)
    assert selected_run_ids(connection, FILM, SEGMENT) == [fast]
    latest = Selection(SelectionMode.LATEST)
    assert selected_run_ids(connection, FILM, SEGMENT, latest) == [newest]
    set_policy(connection, [FILM], [SEGMENT], Selection(SelectionMode.DEFAULT))
    settle(connection)
    assert selected_run_ids(connection, FILM, SEGMENT) == [newest]


def test_a_policy_for_one_type_leaves_the_others(connection: Connection) -> None:
    add_run(connection, "scenes", profile="fast", finished_at=NOON)
    newest = add_run(connection, "scenes", finished_at=NOON + timedelta(minutes=1))
    by_profile = Selection(SelectionMode.PROFILE, ModelProfile.FAST)
    set_policy(connection, [FILM], [SEGMENT], by_profile)
    settle(connection)
    assert selected_run_ids(connection, FILM, ArtifactType.SCENE) == [newest]


def test_only_a_run_of_the_film_and_the_stage_can_be_pinned(connection: Connection) -> None:
    scenes = add_run(connection, "scenes")
    with pytest.raises(NotFoundError, match=scenes):
        set_policy(connection, [FILM], [SEGMENT], Selection(SelectionMode.PINNED, None, scenes))


@pytest.mark.parametrize(
    ("mode", "field"), [("profile", "preferred_profile"), ("pinned", "pinned_run_id")]
)
def test_a_choice_that_lacks_what_it_needs_names_the_field(mode: str, field: str) -> None:
    with pytest.raises(InvalidRequestError, match=field):
        Selection(SelectionMode(mode))


def test_the_list_of_runs_marks_those_that_answer(connection: Connection) -> None:
    older = add_run(connection, finished_at=NOON)
    newer = add_run(connection, finished_at=NOON + timedelta(minutes=1))
    failed = add_run(connection, status="failed", finished_at=NOON + timedelta(minutes=2))
    settle(connection)
    marked = {run["run_id"]: run["selected"] for run in runs_of_film(connection, FILM)}
    assert marked == {older: False, newer: True, failed: False}


def test_a_policy_goes_with_the_run_that_it_pins(film_engine: Engine) -> None:
    repository = ArtifactRepository(default_registry())
    with film_engine.begin() as connection:
        pinned = add_run(connection, finished_at=NOON)
        newest = add_run(connection, finished_at=NOON + timedelta(minutes=1))
        set_policy(
            connection, [FILM], [SEGMENT], Selection(SelectionMode.PINNED, pinned_run_id=pinned)
        )
    with film_engine.connect() as connection:
        assert selected_run_ids(connection, FILM, SEGMENT) == [pinned]
    with film_engine.begin() as connection:
        repository.delete_run(connection, pinned)
    with film_engine.connect() as connection:
        assert selected_run_ids(connection, FILM, SEGMENT) == [newest]


def test_what_does_not_go_with_the_mode_is_refused() -> None:
    assert Selection.asked(None, None, None) is None
    assert Selection.asked(None, ModelProfile.FAST, None) == Selection(
        SelectionMode.PROFILE, ModelProfile.FAST
    )
    for mode, profile, run_id in (
        (SelectionMode.LATEST, ModelProfile.FAST, None),
        (SelectionMode.BEST_QUALITY, None, "r"),
        (None, ModelProfile.FAST, "r"),
    ):
        with pytest.raises(InvalidRequestError, match="does not go with"):
            Selection.asked(mode, profile, run_id)
