"""The drain loop on a real database and a real node."""

from __future__ import annotations

from contextlib import closing

import pytest
from sqlalchemy import Engine, text

from rushes.search.quickwit.client import QuickwitClient
from rushes.search.quickwit.errors import QuickwitUnavailableError
from rushes.search.sync import failures
from rushes.search.sync.draining import DrainLimits, drain
from rushes.search.sync.worker import SearchSyncWorker
from tests.integration.search.sync.equality import (
    difference,
    leftovers,
    purge_all,
    sync,
)
from tests.integration.search.sync.many_films import add_films, analyse


def test_what_is_in_postgres_is_in_the_index(archive: Engine, client: QuickwitClient) -> None:
    add_films(archive, ["f1", "f2", "f3"])
    sync(archive, client)
    assert difference(archive, client) == set()
    assert leftovers(archive) == {}


def test_changed_and_deleted_films_leave_nothing_behind(
    archive: Engine, client: QuickwitClient
) -> None:
    add_films(archive, ["f1", "f2", "f3"])
    sync(archive, client)
    with archive.begin() as connection:
        analyse(connection, ["f1"], "second", scenes=3)
        connection.execute(text("delete from asset where asset_id = 'f2'"))
    sync(archive, client)
    assert leftovers(archive) == {"retired": 2}
    purge_all(archive, client)
    assert difference(archive, client) == set()
    assert leftovers(archive) == {}


def test_a_film_that_did_not_change_is_not_published_again(
    archive: Engine, client: QuickwitClient
) -> None:
    add_films(archive, ["f1"])
    sync(archive, client)
    with archive.begin() as connection:
        connection.execute(text("update asset set is_favorite = true where asset_id = 'f1'"))
        connection.execute(text("update asset set is_favorite = false where asset_id = 'f1'"))
    steps = list(drain(archive, client, DrainLimits()))
    assert [step.unchanged for step in steps] == [["f1"]]
    assert leftovers(archive) == {}


def test_one_poisoned_film_does_not_hold_up_the_others(
    archive: Engine, client: QuickwitClient
) -> None:
    films = [f"f{number:03}" for number in range(200)]
    add_films(archive, films)
    with archive.begin() as connection:
        # A time that no index can hold, in one film of many.
        connection.execute(text("update scene_ranges set scene_index = -1 where asset_id = 'f100'"))
    sync(archive, client)
    with archive.connect() as connection:
        (failed,) = failures.failed_films(connection)
    assert (failed.asset_id, failed.is_dead) == ("f100", True)
    assert "scene_index" in failed.error_text
    assert {asset_id for asset_id, _ in difference(archive, client)} == {"f100"}

    with archive.begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        connection.execute(text("update scene_ranges set scene_index = 5 where asset_id = 'f100'"))
    sync(archive, client)
    assert {asset_id for asset_id, _ in difference(archive, client)} == {"f100"}
    with archive.begin() as connection:
        assert failures.retry_dead(connection) == ["f100"]
    sync(archive, client)
    purge_all(archive, client)
    assert difference(archive, client) == set()
    assert leftovers(archive) == {}


def test_an_engine_that_is_away_loses_nothing(archive: Engine, client: QuickwitClient) -> None:
    add_films(archive, ["f1"])
    sync(archive, client)
    add_films(archive, ["f2"])
    with QuickwitClient("http://127.0.0.1:9") as nobody, pytest.raises(QuickwitUnavailableError):
        list(drain(archive, nobody, DrainLimits(away=0.0)))
    sync(archive, client)
    assert difference(archive, client) == set()
    assert leftovers(archive) == {}


def test_a_worker_that_postgres_takes_for_dead_lives_on_as_another(
    archive: Engine, client: QuickwitClient
) -> None:
    add_films(archive, ["f1"])
    sync(archive, client)
    with closing(SearchSyncWorker(archive, client)) as worker:
        add_films(archive, ["f2"])
        batch = worker.begin()
        assert batch is not None
        with archive.begin() as connection:
            ended = connection.execute(
                text(
                    "select pg_terminate_backend(l.pid) from pg_locks l"
                    " join pg_database d on d.oid = l.database"
                    " where l.locktype = 'advisory' and d.datname = current_database()"
                )
            )
            assert list(ended.scalars()) == [True]
        worker.send(batch)
        again = worker.begin()
        assert again is not None
        worker.send(again)
        while worker.is_busy:
            worker.settle()
        assert worker.begin() is None
    purge_all(archive, client)
    assert difference(archive, client) == set()
    assert leftovers(archive) == {}


def test_who_drains_waits_for_what_another_has_in_its_hands(
    archive: Engine, client: QuickwitClient
) -> None:
    add_films(archive, ["f1"])
    sync(archive, client)
    add_films(archive, ["f2"])
    with closing(SearchSyncWorker(archive, client)) as other:
        batch = other.begin()
        assert batch is not None
        limits = DrainLimits(longest=1.0)
        assert [step.published for step in drain(archive, client, limits)] == []
        assert leftovers(archive).keys() >= {"claims", "queue"}
    sync(archive, client)
    assert leftovers(archive).keys() <= {"retired"}
