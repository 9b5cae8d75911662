"""What a film has by stage: marks, spans, and the reason where there is nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, event, update

from rushes.artifacts.coverage import (
    COVERED_STAGES,
    Coverage,
    CoverageState,
    coverage,
    origins_of,
)
from rushes.artifacts.policies import set_policy
from rushes.artifacts.selection import Selection, SelectionMode
from rushes.artifacts.vocabulary import ArtifactType, ModelProfile, Origin
from rushes.db.tables import asset, runs
from rushes.pipeline.stages import STAGE_NAMES
from tests.integration.indexed_films import IndexedFilms, indexed_films, scene, segment

_SAID = [segment("one", 0, 1000), segment("two", 1000, 2000), segment("three", 2000, 3000)]


@pytest.fixture
def films(engine: Engine) -> Iterator[IndexedFilms]:
    with indexed_films(engine) as films:
        yield films


def _coverage(films: IndexedFilms, asset_id: str) -> dict[str, Coverage]:
    with films.engine.connect() as connection:
        return coverage(connection, [asset_id])[asset_id]


def _correct(films: IndexedFilms, asset_id: str, start_ms: int, end_ms: int) -> str:
    return films.run(asset_id, [segment("corrected", start_ms, end_ms)], origin=Origin.HUMAN)


def test_every_stage_is_covered_in_the_order_of_the_pipeline() -> None:
    assert COVERED_STAGES == STAGE_NAMES


def test_a_film_without_results_has_every_stage_and_none_of_it(films: IndexedFilms) -> None:
    found = _coverage(films, films.film())
    assert found == dict.fromkeys(COVERED_STAGES, Coverage())
    assert list(found) == list(COVERED_STAGES)
    assert origins_of(found) == ()


def test_what_a_model_found_is_analysed_and_a_correction_stands_beside_it(
    films: IndexedFilms,
) -> None:
    film = films.film()
    machine = films.run(film, _SAID, profile=ModelProfile.FAST)
    films.run(film, [scene(0, 3000)])
    found = _coverage(films, film)
    assert found["transcript"].state is CoverageState.ANALYSED
    assert (found["transcript"].spans, found["scenes"].spans) == (3, 1)
    by_hand = _correct(films, film, 0, 2000)
    found = _coverage(films, film)
    corrected = found["transcript"]
    assert corrected.state is CoverageState.HUMAN
    assert corrected.origins == (Origin.ANALYSED, Origin.HUMAN)
    assert corrected.run_ids == (machine, by_hand)
    assert (corrected.producer, corrected.model_profile) == ("test", ModelProfile.FAST)
    assert corrected.spans == 2  # two of the machine's are replaced by one
    assert found["scenes"].origins == (Origin.ANALYSED,)
    assert origins_of(found) == (Origin.ANALYSED, Origin.HUMAN)
    again = _correct(films, film, 0, 2000)
    assert _coverage(films, film)["transcript"].run_ids == (machine, again, by_hand)
    assert _coverage(films, film)["transcript"].spans == 2


def test_what_people_said_where_nothing_was_analysed_speaks_for_itself(
    films: IndexedFilms,
) -> None:
    film = films.film()
    by_hand = _correct(films, film, 0, 500)
    found = _coverage(films, film)["transcript"]
    assert (found.state, found.producer, found.run_ids) == ("human", "human", (by_hand,))


def test_a_run_that_found_nothing_is_a_result(films: IndexedFilms) -> None:
    film = films.film()
    films.run(film, [], stage="ocr")
    found = _coverage(films, film)["ocr"]
    assert (found.state, found.spans) == (CoverageState.ANALYSED, 0)


def test_the_last_failure_is_told_whether_something_answers_or_not(films: IndexedFilms) -> None:
    film = films.film()
    answers = films.run(film, _SAID)
    failed = films.run(film, [], stage="transcript", status="failed", retryable=True)
    films.run(film, [], stage="media_pass", status="failed")
    films.run(film, [], stage="scenes", status="failed")
    films.run(film, [scene(0, 10)])
    found = _coverage(films, film)
    failure = found["transcript"].failure
    assert failure is not None
    assert (failure.code, failure.text, failure.retryable) == ("stage_error", "it broke", True)
    assert (failure.run_id, found["transcript"].run_ids) == (failed, (answers,))
    assert found["media_pass"].state is CoverageState.NONE
    assert found["media_pass"].failure is not None
    assert found["scenes"].failure is None


def test_only_the_current_content_and_the_stored_policy_count(films: IndexedFilms) -> None:
    film = films.film()
    fast = films.run(film, _SAID[:1], profile=ModelProfile.FAST)
    films.run(film, _SAID)
    policy = Selection(SelectionMode.PROFILE, ModelProfile.FAST)
    with films.engine.begin() as connection:
        set_policy(connection, [film], [ArtifactType.TRANSCRIPT_SEGMENT], policy)
    found = _coverage(films, film)["transcript"]
    assert (found.run_ids, found.spans) == ((fast,), 1)
    films.run(film, [], stage="ocr", status="failed")
    with films.engine.begin() as connection:
        connection.execute(update(asset).where(asset.c.asset_id == film).values(content_version=2))
    assert _coverage(films, film) == dict.fromkeys(COVERED_STAGES, Coverage())


def test_a_page_of_films_is_one_statement_in_the_order_asked_for(films: IndexedFilms) -> None:
    ids = [films.said("one", "two") for _ in range(5)]
    with films.engine.begin() as connection:
        connection.execute(
            update(runs).where(runs.c.asset_id == ids[0]).values(origin=Origin.IMPORTED.value)
        )
    asked = [*reversed(ids), "unknown"]
    statements: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        statements.append(statement)

    with films.engine.connect() as connection:
        event.listen(films.engine, "before_cursor_execute", note)
        found = coverage(connection, asked)
        event.remove(films.engine, "before_cursor_execute", note)
    assert len(statements) == 1
    assert list(found) == asked[:-1]
    assert [found[each]["transcript"].spans for each in ids] == [2] * 5
    assert found[ids[0]]["transcript"].state is CoverageState.IMPORTED
