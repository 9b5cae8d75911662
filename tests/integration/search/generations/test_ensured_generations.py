"""Every library has an index, and every index in use is in the engine."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from rushes.search.generations.ensuring import EnsureReport, ensure_generations
from rushes.search.generations.index_generations import GenerationState
from rushes.search.quickwit.errors import QuickwitUnavailableError
from tests.integration.search.generations.searched_archive import Archive

NOTHING = EnsureReport(None, (), (), (), None)


def test_the_first_generation_answers_for_every_library(archive: Archive) -> None:
    report = archive.ensure()
    assert report.first is not None
    assert report.adopted == ("coast", "hills")
    assert archive.generations()[report.first].state is GenerationState.ACTIVE
    archive.sync()
    assert {each.library for each in archive.advance().promoted} == {"coast", "hills"}
    for library in ("hills", "coast"):
        assert archive.policy(library).active_index_name == report.first
        assert archive.found(library) == archive.wanted(library) != []


def test_a_second_call_finds_nothing_to_do(indexed: Archive) -> None:
    assert indexed.ensure() == NOTHING
    assert indexed.waiting() == 0


def test_an_archive_without_libraries_gets_one_generation_and_keeps_it(archive: Archive) -> None:
    with archive.engine.begin() as connection:
        connection.execute(text("truncate libraries cascade"))
    first = archive.ensure().first
    archive.later(days=9)
    assert archive.ensure() == NOTHING
    archive.films.film(library="new")
    assert archive.policy("new").active_index_name == first


def test_several_at_once_end_with_one_generation(archive: Archive) -> None:
    def ensure(_: int) -> EnsureReport:
        with archive.node.client() as client:
            return ensure_generations(archive.engine, client, archive.now)

    with ThreadPoolExecutor(3) as pool:
        reports = list(pool.map(ensure, range(3)))
    assert [each.first for each in reports].count(None) == 2
    assert len(archive.generations()) == 1


def test_a_library_without_a_policy_gets_one_and_its_films_are_asked_for(
    indexed: Archive,
) -> None:
    with indexed.engine.begin() as connection:
        connection.execute(text("delete from library_model_policy where library_slug = 'hills'"))
    assert indexed.ensure().adopted == ("hills",)
    assert indexed.waiting() == 2


def test_an_index_that_the_engine_lost_is_made_and_filled_again(
    indexed: Archive, caplog: pytest.LogCaptureFixture
) -> None:
    name = indexed.policy("hills").active_index_name
    assert name
    indexed.client.delete_index(name)
    with caplog.at_level(logging.WARNING):
        assert indexed.ensure().restored == (name,)
    assert "lost the index" in caplog.text
    assert indexed.policy("hills").active_index_name is None
    assert indexed.advance().promoted == ()
    indexed.sync()
    indexed.advance()
    assert indexed.policy("hills").active_index_name == name
    assert indexed.found("hills") == indexed.wanted("hills")
    assert indexed.ensure() == NOTHING


def test_what_was_on_its_way_into_a_lost_index_never_counts(indexed: Archive) -> None:
    """Its revs were given out; their documents arrive once the index is there again."""
    from rushes.search.sync.worker import SearchSyncWorker

    indexed.add("hills")
    worker = SearchSyncWorker(indexed.engine, indexed.client)
    batch = worker.begin()
    assert batch is not None
    name = indexed.policy("hills").active_index_name
    assert name
    indexed.client.delete_index(name)
    indexed.ensure()
    worker.send(batch)
    worker.settle()
    assert indexed.advance().promoted == ()
    worker.close()
    indexed.sync()
    indexed.advance()
    assert indexed.found("hills") == indexed.wanted("hills")


def test_indexes_of_others_are_never_touched(indexed: Archive) -> None:
    (mine,) = indexed.generations().values()
    foreign = "rushes-scenes-0badcafe-1"
    indexed.client.create_index({**mine.config, "index_id": foreign})
    indexed.ensure()
    assert indexed.node.indexes() == {mine.name, foreign}


def test_an_engine_that_is_away_uses_up_no_names(archive: Archive) -> None:
    def gone() -> None:
        raise OSError

    archive.node.around = gone
    with pytest.raises((QuickwitUnavailableError, OSError)):
        archive.ensure()
    assert archive.generations() == {}
