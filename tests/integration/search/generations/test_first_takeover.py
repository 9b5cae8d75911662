"""Until an index holds all films of a library, Postgres answers for it: no film is ever missed."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import text

from rushes.search.generations.locking import lock
from rushes.search.generations.progress import progress
from rushes.search.quickwit.errors import QuickwitUnavailableError
from rushes.search.request import SearchSource
from rushes.search.sync.draining import DrainLimits, drain
from rushes.search.sync.films import drain_films
from rushes.search.sync.worker import SearchSyncWorker
from tests.integration.search.generations.searched_archive import Archive
from tests.integration.search.generations.steps import (
    BOTH,
    assert_all_is_found,
    begin,
    go_back,
    take_over,
)

POSTGRES, QUICKWIT = SearchSource.POSTGRES, SearchSource.QUICKWIT


def assert_answered_by(archive: Archive, source: SearchSource) -> None:
    """All films are found, and by whom."""
    answer = archive.search("dog")
    films = sorted({hit.asset_id for hit in answer.hits})
    assert (answer.search_source, films) == (source, archive.films_of(*BOTH))
    assert not answer.missing


def drain_all(archive: Archive) -> None:
    for _ in drain(archive.engine, archive.client, DrainLimits()):
        pass


def fail(archive: Archive, index: str | None, film: str, *, is_dead: bool) -> None:
    """As if it could not be published: nothing of it is in the index, nor waits."""
    with archive.engine.begin() as connection:
        values = {"index": index, "film": film, "is_dead": is_dead}
        for query in (
            "delete from search_sync_queue where asset_id = :film",
            "insert into search_sync_failures (index_name, asset_id, attempts, error_code,"
            " error_text, is_dead, next_attempt_at) values (:index, :film, 6, 'x', 'x',"
            " :is_dead, case when not :is_dead then now() + interval '1 hour' end)",
        ):
            connection.execute(text(query), values)


def lose(archive: Archive, *names: str | None) -> None:
    for name in names:
        archive.client.delete_index(str(name))


def test_postgres_answers_at_every_point_of_an_upgrade(archive: Archive) -> None:
    assert_answered_by(archive, POSTGRES)
    archive.ensure()
    assert_answered_by(archive, POSTGRES)
    worker = SearchSyncWorker(archive.engine, archive.client, films=1)
    batch = worker.begin()
    assert batch is not None
    worker.send(batch)
    assert_answered_by(archive, POSTGRES)
    worker.settle()
    assert_answered_by(archive, POSTGRES)
    worker.close()  # killed; the next sync goes on
    archive.ensure()
    assert archive.advance().promoted == ()
    assert_answered_by(archive, POSTGRES)
    archive.sync()
    assert_answered_by(archive, POSTGRES)
    archive.advance()
    assert_answered_by(archive, QUICKWIT)


def test_one_drain_ends_with_the_index_answering(archive: Archive) -> None:
    drain_all(archive)
    assert_answered_by(archive, QUICKWIT)
    assert_all_is_found(archive)


def test_publishing_the_films_of_one_run_ends_with_the_index_answering(archive: Archive) -> None:
    films = archive.films_of(*BOTH)
    for _ in drain_films(archive.engine, lambda: archive.client, films):
        pass
    assert_answered_by(archive, QUICKWIT)


def test_a_drain_that_is_quiet_twice_looks_again_before_it_ends(archive: Archive) -> None:
    """At its first quiet moment something was still to be tried again."""
    first = archive.ensure().first
    archive.sync()
    film = archive.films_of("hills")[0]
    fail(archive, first, film, is_dead=False)
    quiet = 0

    def sleep(seconds: float) -> None:
        nonlocal quiet
        quiet += 1
        time.sleep(seconds)
        if quiet == 2:
            archive.say(film, "the dog again")

    for _ in drain(archive.engine, archive.client, DrainLimits(idle=0.5), sleep=sleep):
        pass
    assert quiet > 2
    assert_answered_by(archive, QUICKWIT)


def test_a_library_without_films_is_searched_in_the_index_at_once(archive: Archive) -> None:
    with archive.engine.begin() as connection:
        connection.execute(text("insert into libraries (slug, root) values ('bare', '/bare')"))
    first = archive.ensure().first
    assert archive.policy("bare").active_index_name == first
    assert archive.policy("hills").active_index_name is None


def test_a_lost_index_answers_again_once_it_is_filled(indexed: Archive) -> None:
    name = indexed.policy("hills").active_index_name
    lose(indexed, name)
    assert indexed.searched("dog") == indexed.films_of(*BOTH)
    indexed.ensure()
    assert_answered_by(indexed, POSTGRES)
    indexed.ensure()
    indexed.sync()
    assert_answered_by(indexed, POSTGRES)
    indexed.advance()
    assert_answered_by(indexed, QUICKWIT)
    assert {indexed.policy(each).active_index_name for each in BOTH} == {name}


def test_a_whole_previous_index_answers_for_a_lost_one(indexed: Archive) -> None:
    first = indexed.policy("hills").active_index_name
    shadow = begin(indexed)
    indexed.sync()
    take_over(indexed, *BOTH)
    lose(indexed, shadow)
    indexed.ensure()
    assert_answered_by(indexed, QUICKWIT)
    assert indexed.policy("hills").active_index_name == first
    indexed.sync()
    indexed.advance()
    assert_answered_by(indexed, QUICKWIT)
    policy = indexed.policy("hills")
    assert (policy.active_index_name, policy.previous_index_name) == (shadow, first)


@pytest.mark.parametrize("hindrance", ["a change", "a dead film", "taken back", "a lock"])
def test_a_previous_index_that_may_not_answer_is_kept(indexed: Archive, hindrance: str) -> None:
    first = indexed.policy("hills").active_index_name
    shadow = begin(indexed)
    indexed.sync()
    take_over(indexed, *BOTH)
    film = indexed.films_of("hills")[0]
    lost, kept = shadow, first
    if hindrance == "a change":
        indexed.say(film, "a dog sleeps")
    elif hindrance == "a dead film":
        fail(indexed, first, film, is_dead=True)
    elif hindrance == "a lock":
        lock(indexed.engine, "hills")
    else:
        go_back(indexed, "hills")
        lost, kept = str(first), shadow
    lose(indexed, lost)
    indexed.ensure()
    policy = indexed.policy("hills")
    assert (policy.active_index_name, policy.previous_index_name) == (None, kept)
    assert indexed.searched("dog") == indexed.films_of(*BOTH)
    indexed.sync()
    indexed.advance()
    policy = indexed.policy("hills")
    assert (policy.active_index_name, policy.previous_index_name) == (lost, kept)
    assert ("taken_back_from" in policy.promotion_progress) == (hindrance == "taken back")
    assert_answered_by(indexed, QUICKWIT)


def test_all_indexes_lost_at_once_are_filled_again(indexed: Archive) -> None:
    begin(indexed)
    indexed.sync()
    take_over(indexed, *BOTH)
    shadow = begin(indexed, "hills")
    lose(indexed, *indexed.node.indexes())
    indexed.ensure()
    assert_answered_by(indexed, POSTGRES)
    assert indexed.policy("hills").previous_index_name is None
    indexed.sync()
    indexed.advance()
    assert indexed.policy("hills").active_index_name == shadow
    assert_answered_by(indexed, QUICKWIT)


def test_a_lost_shadow_is_filled_again_and_a_lost_previous_forgotten(indexed: Archive) -> None:
    first = indexed.policy("hills").active_index_name
    second = begin(indexed)
    indexed.sync()
    take_over(indexed, *BOTH)
    shadow = begin(indexed, "hills")
    indexed.sync()
    lose(indexed, first, shadow)
    assert indexed.ensure().restored == (shadow,)
    policy = indexed.policy("hills")
    assert (policy.active_index_name, policy.shadow_index_name) == (second, shadow)
    assert policy.previous_index_name is None
    indexed.sync()
    assert_answered_by(indexed, QUICKWIT)
    take_over(indexed, "hills")
    assert_answered_by(indexed, QUICKWIT)


def test_a_dead_film_does_not_hold_up_the_first_index(archive: Archive) -> None:
    first = archive.ensure().first
    dead, *others = archive.films_of("hills")
    fail(archive, first, dead, is_dead=True)
    archive.sync()
    archive.advance()
    assert archive.policy("hills").active_index_name == first
    assert archive.searched("dog") == sorted([*others, *archive.films_of("coast")])
    with archive.engine.connect() as connection:
        found = connection.execute(text("select asset_id, is_dead from search_sync_failures"))
        assert [tuple(row) for row in found] == [(dead, True)]


def test_a_film_that_is_tried_again_holds_up_the_first_index(archive: Archive) -> None:
    first = archive.ensure().first
    film = archive.films_of("hills")[0]
    fail(archive, first, film, is_dead=False)
    archive.sync()
    assert [each.library for each in archive.advance().promoted] == ["coast"]
    (under_way,) = progress(archive.engine)
    assert (under_way.to_do, under_way.failed, under_way.is_complete) == (1, 0, False)
    assert_answered_by(archive, POSTGRES)


def test_a_change_that_waits_holds_up_the_first_index(archive: Archive) -> None:
    archive.ensure()
    archive.sync()
    film = archive.films_of("hills")[0]
    archive.say(film, "a dog sleeps")
    assert [each.library for each in archive.advance().promoted] == ["coast"]
    assert archive.searched("sleeps") == [film]
    archive.sync()
    archive.advance()
    assert archive.searched("sleeps") == [film]
    assert archive.policy("hills").active_index_name is not None


def test_a_film_of_which_nothing_is_known_yet_does_not_hold_up_the_first_index(
    archive: Archive,
) -> None:
    archive.films.film(library="hills")
    drain_all(archive)
    assert archive.policy("hills").active_index_name is not None


def test_an_engine_that_is_away_at_the_end_leaves_postgres_answering(archive: Archive) -> None:
    archive.ensure()
    archive.sync()

    def gone() -> None:
        raise OSError

    archive.node.around = gone
    with pytest.raises((QuickwitUnavailableError, OSError)):
        archive.advance()
    assert_answered_by(archive, POSTGRES)
    archive.node.around = lambda: None
    drain_all(archive)
    assert_answered_by(archive, QUICKWIT)
