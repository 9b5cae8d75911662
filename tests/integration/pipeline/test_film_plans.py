"""What is left to do on a film, whatever its runs look like."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rushes.artifacts.vocabulary import ModelProfile
from rushes.pipeline.context import StageTask, definition
from rushes.pipeline.plan import FilmPlan, plan_films
from tests.integration.indexed_films import IndexedFilms

_PARENT = {
    "source_video": None,
    "media_pass": "source_video",
    "scenes": "media_pass",
    "transcript": "media_pass",
}
_TASKS = [
    StageTask(definition(stage), ModelProfile.BALANCED, None, {}, "config", None)
    for stage in _PARENT
]
_RUNS = {
    "none": None,
    "done": {"status": "completed"},
    "untold": {"status": "completed", "reported": False},
    "transient": {"status": "failed", "retryable": True},
    "hard": {"status": "failed", "retryable": False},
    "running": {"status": "running"},
}
_STATES = st.fixed_dictionaries({stage: st.sampled_from(sorted(_RUNS)) for stage in _PARENT})


def _film(films: IndexedFilms, states: dict[str, str]) -> str:
    film = films.film()
    for stage, state in states.items():
        if (run := _RUNS[state]) is not None:
            films.run(film, [], stage=stage, **run)  # type: ignore[arg-type]
    return film


def _plan(films: IndexedFilms, film: str, *, retry_failed: bool = False) -> FilmPlan:
    with films.engine.connect() as connection:
        (plan,) = plan_films(connection, [film], _TASKS, retry_failed=retry_failed)
    return plan


def _is_blocked(states: dict[str, str], stage: str) -> bool:
    parent = _PARENT[stage]
    return parent is not None and (states[parent] == "hard" or _is_blocked(states, parent))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(_STATES)
def test_what_is_pending_follows_from_the_runs(films: IndexedFilms, states: dict[str, str]) -> None:
    film = _film(films, states)
    plan, retried = _plan(films, film), _plan(films, film, retry_failed=True)
    undone = {stage for stage, state in states.items() if state != "done"}
    hard = {stage for stage, state in states.items() if state == "hard"}
    assert set(retried.pending) == undone
    assert not retried.failed
    blocked = {stage for stage in _PARENT if _is_blocked(states, stage)}
    assert set(plan.pending) == undone - hard - blocked
    assert set(plan.failed) == hard - blocked
    assert list(plan.pending) == [stage for stage in _PARENT if stage in plan.pending]


def test_each_try_changes_the_signature_and_only_that(films: IndexedFilms) -> None:
    film = films.film()
    seen = [_plan(films, film).signature]
    for _ in range(3):
        assert _plan(films, film).signature == seen[-1]
        films.run(film, [], stage="scenes", status="failed", retryable=True)
        seen.append(_plan(films, film).signature)
    assert len(set(seen)) == len(seen)


def test_a_transient_failure_is_due_after_a_wait_that_doubles(films: IndexedFilms) -> None:
    film = films.film()
    assert _plan(films, film).is_due(datetime.now(UTC))
    waits = []
    for _ in range(3):
        films.run(film, [], stage="scenes", status="failed", retryable=True)
        plan = _plan(films, film)
        assert plan.failed_at is not None
        assert not plan.is_due(datetime.now(UTC))
        waits.append(
            next(s for s in range(7200) if plan.is_due(plan.failed_at + timedelta(seconds=s)))
        )
    assert waits == [60, 120, 240]


def test_a_failure_that_is_not_tried_again_makes_the_other_stages_wait_for_nothing(
    films: IndexedFilms,
) -> None:
    film = _film(films, {"source_video": "done", "media_pass": "done", "scenes": "hard"})
    plan = _plan(films, film)
    assert plan.pending == ("transcript",)
    assert plan.is_due(datetime.now(UTC))


def test_a_completed_run_speaks_before_a_later_failure(films: IndexedFilms) -> None:
    film = _film(films, dict.fromkeys(_PARENT, "done"))
    films.run(film, [], stage="scenes", status="failed")
    assert _plan(films, film).pending == ()


@pytest.mark.parametrize("other", [{"content_version": 1}, {"profile": ModelProfile.FAST}])
def test_runs_of_other_content_or_another_profile_are_other_work(
    films: IndexedFilms, other: dict[str, object]
) -> None:
    film = films.film(content_version=2)
    for stage in _PARENT:
        films.run(film, [], stage=stage, **{"content_version": 2, **other})  # type: ignore[arg-type]
    assert set(_plan(films, film).pending) == set(_PARENT)
