"""Jump: strictly onwards, in one order, over the run that answers now."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from rushes.artifacts.vocabulary import ModelProfile
from rushes.errors import InvalidRequestError, NotFoundError
from rushes.navigation.jump import Direction, Jump, Kind, jump
from tests.integration.indexed_films import IndexedFilms, scene, segment

_EACH_FILM_IS_ITS_OWN = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
Span = tuple[int, int]


@st.composite
def _spans(draw: st.DrawFn) -> list[Span]:
    """Spans that may overlap, touch, repeat, and begin at 0."""
    starts = draw(st.lists(st.integers(0, 30), min_size=1, max_size=8))
    return [(start, start + draw(st.integers(1, 15))) for start in starts]


def _go(
    engine: Engine, film: str, way: Direction, from_ms: int | None, kind: Kind = Kind.SCENE
) -> Jump | None:
    try:
        return jump(engine, film, kind, way, from_ms)
    except NotFoundError:
        return None


@_EACH_FILM_IS_ITS_OWN
@given(_spans(), st.one_of(st.none(), st.integers(0, 50)))
def test_next_is_the_smallest_start_after_and_prev_the_largest_end_before(
    films: IndexedFilms, spans: list[Span], from_ms: int | None
) -> None:
    film = films.film()
    films.run(film, [scene(start, end, index) for index, (start, end) in enumerate(spans)])
    following = _go(films.engine, film, Direction.NEXT, from_ms)
    starts = [start for start, _ in spans if from_ms is None or start > from_ms]
    assert (following and following.start_ms) == min(starts, default=None)
    previous = _go(films.engine, film, Direction.PREV, from_ms)
    ends = [end for _, end in spans if from_ms is None or end < from_ms]
    assert (previous and previous.end_ms) == max(ends, default=None)
    for found in filter(None, (following, previous)):
        assert (found.start_ms, found.end_ms) in spans


@_EACH_FILM_IS_ITS_OWN
@given(_spans())
def test_walking_on_from_each_start_reaches_every_start_once(
    films: IndexedFilms, spans: list[Span]
) -> None:
    film = films.film()
    films.run(film, [scene(start, end, index) for index, (start, end) in enumerate(spans)])
    walked: list[int] = []
    while found := _go(films.engine, film, Direction.NEXT, walked[-1] if walked else None):
        walked.append(found.start_ms)
    assert walked == sorted({start for start, _ in spans})


def test_equal_starts_give_the_smallest_artifact_id_whatever_the_order_of_writing(
    films: IndexedFilms,
) -> None:
    film = films.film()
    films.run(film, [segment(text, 100, 200 + end) for end, text in enumerate("abcdef")])
    found = [_go(films.engine, film, Direction.NEXT, None, Kind.TRANSCRIPT) for _ in range(3)]
    with films.engine.connect() as connection:
        smallest = connection.exec_driver_sql(
            "select min(artifact_id) from artifacts where asset_id = %s", (film,)
        ).scalar()
    assert {each and each.artifact_ids for each in found} == {(smallest,)}


def test_a_scene_at_0_is_reached_only_from_before_everything(films: IndexedFilms) -> None:
    film = films.film()
    films.run(film, [scene(0, 500), scene(500, 900, 1)])
    first = _go(films.engine, film, Direction.NEXT, None)
    assert first is not None
    assert first.start_ms == 0
    second = _go(films.engine, film, Direction.NEXT, 0)
    assert second is not None
    assert second.start_ms == 500
    assert _go(films.engine, film, Direction.PREV, 500) is None


@pytest.mark.parametrize("status", ["running", "failed"])
def test_a_run_that_did_not_complete_is_never_chosen(films: IndexedFilms, status: str) -> None:
    film = films.film()
    films.run(film, [scene(0, 500)])
    films.run(film, [scene(0, 300)], status=status)
    found = _go(films.engine, film, Direction.NEXT, None)
    assert found is not None
    assert found.end_ms == 500


def test_an_empty_newest_run_hides_older_ones(films: IndexedFilms) -> None:
    film = films.film()
    films.run(film, [segment("once said")])
    films.run(film, [], stage="transcript")
    assert _go(films.engine, film, Direction.NEXT, None, Kind.TRANSCRIPT) is None


def test_only_results_of_the_current_content_answer(films: IndexedFilms) -> None:
    film = films.film(content_version=2)
    films.run(film, [scene(0, 100)], content_version=1)
    assert _go(films.engine, film, Direction.NEXT, None) is None
    films.run(film, [scene(0, 200)], content_version=2)
    films.run(film, [scene(0, 300)], content_version=1)
    found = _go(films.engine, film, Direction.NEXT, None)
    assert found is not None
    assert found.end_ms == 200


def test_the_answer_names_the_run_that_it_rests_on(films: IndexedFilms) -> None:
    film = films.film()
    run_id = films.run(film, [scene(0, 100)], profile=ModelProfile.HIGH_QUALITY)
    found = _go(films.engine, film, Direction.NEXT, None)
    assert found is not None
    assert (found.video_id, found.run_id, found.producer, found.model_profile) == (
        *(film, run_id, "test", "high_quality"),
    )


def test_a_film_sees_only_its_own_scenes(films: IndexedFilms) -> None:
    one, other = films.film(), films.film()
    films.run(one, [scene(0, 100)])
    assert _go(films.engine, other, Direction.NEXT, None) is None


def test_an_impossible_time_is_refused_and_a_far_one_finds_nothing(films: IndexedFilms) -> None:
    film = films.film()
    films.run(film, [scene(0, 100)])
    for impossible in (-1, 2**63):
        with pytest.raises(InvalidRequestError, match="out of bounds"):
            jump(films.engine, film, Kind.SCENE, Direction.NEXT, impossible)
    assert _go(films.engine, film, Direction.NEXT, 2**63 - 1) is None
    last = _go(films.engine, film, Direction.PREV, 2**63 - 1)
    assert last is not None
    assert last.end_ms == 100


@pytest.mark.parametrize(
    ("way", "from_ms", "told"),
    [
        (Direction.NEXT, None, "no scene in this film"),
        (Direction.PREV, None, "no scene in this film"),
        (Direction.NEXT, 7, "no scene after 7 ms"),
        (Direction.PREV, 7, "no scene before 7 ms"),
    ],
)
def test_what_is_not_there_is_told_in_words_that_are_true(
    films: IndexedFilms, way: Direction, from_ms: int | None, told: str
) -> None:
    with pytest.raises(NotFoundError, match=told) as refused:
        jump(films.engine, films.film(), Kind.SCENE, way, from_ms)
    assert refused.value.code == "no_match"
