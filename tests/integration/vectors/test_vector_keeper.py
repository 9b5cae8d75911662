"""What the keeper of a process does for its open indexes, beside their searches."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from threading import Event

from index_making import (
    AT_ONCE,
    BY_HAND,
    MANY,
    SPACE,
    add_vectors,
    assert_holds_what_stands,
    care_of,
    events_of,
    flip_byte,
    opened_indexes,
)
from sqlalchemy import delete, text

from rushes.db.tables import asset
from rushes.vectors.care import IndexCare
from rushes.vectors.events import IndexEvent
from rushes.vectors.generations.folder import SpaceFolder
from rushes.vectors.generations.manifest import IDS, INDEX
from rushes.vectors.indexes import VectorIndexes
from rushes.vectors.keeper import Keeper
from rushes.vectors.options import SavePolicy
from rushes.vectors.rebuilding import rebuild
from tests.integration.indexed_films import IndexedFilms


def _generation(indexes: VectorIndexes) -> str | None:
    base = indexes.of(SPACE).view.base
    return None if base is None else base.manifest.name


def _remove(films: IndexedFilms, film: str) -> None:
    with films.engine.begin() as connection:
        connection.execute(delete(asset).where(asset.c.asset_id == film))


def test_a_generation_of_another_process_is_picked_up(films: IndexedFilms, tmp_path: Path) -> None:
    add_vectors(films, MANY)
    with opened_indexes(films.engine, tmp_path) as indexes:
        care = care_of(indexes)
        before = indexes.of(SPACE).view
        care.follow()
        assert indexes.of(SPACE).view is before
        add_vectors(films, 4)
        newer = rebuild(films.engine, SpaceFolder(tmp_path, SPACE), BY_HAND, reason="test")
        care.follow()
        view = indexes.of(SPACE).view
        assert _generation(indexes) == newer.name
        assert view.delta.count == 0
        assert_holds_what_stands(view, films.engine)
        assert before.count == MANY


def test_a_damaged_generation_of_another_process_is_replaced_once(
    films: IndexedFilms, tmp_path: Path
) -> None:
    add_vectors(films, MANY)
    folder = SpaceFolder(tmp_path, SPACE)
    with opened_indexes(films.engine, tmp_path) as indexes:
        care = care_of(indexes)
        before = _generation(indexes)
        newer = rebuild(films.engine, folder, BY_HAND, reason="test")
        flip_byte(folder.generation(newer.name) / IDS)
        care.follow()
        after = _generation(indexes)
        assert after not in (before, newer.name)
        assert folder.current() == after
        care.follow()
        assert _generation(indexes) == after
        assert_holds_what_stands(indexes.of(SPACE).caught_up(), films.engine)
    damages = [each for each in events_of(films.engine) if each.event is IndexEvent.DAMAGED]
    assert [each.generation for each in damages] == [newer.name]


def test_a_byte_that_flips_under_an_open_index_is_found_and_the_index_replaced(
    films: IndexedFilms, tmp_path: Path
) -> None:
    add_vectors(films, MANY)
    with opened_indexes(films.engine, tmp_path) as indexes:
        care = care_of(indexes)
        care.scrub()
        assert IndexEvent.DAMAGED not in [each.event for each in events_of(films.engine)]
        damaged = _generation(indexes)
        assert damaged is not None
        flip_byte(SpaceFolder(tmp_path, SPACE).generation(damaged) / INDEX)
        care.scrub()  # it was read already, and a day is not over
        assert _generation(indexes) == damaged
        care_of(indexes).scrub()
        assert _generation(indexes) not in (damaged, None)
        assert_holds_what_stands(indexes.of(SPACE).caught_up(), films.engine)
        told = [(each.event, each.generation) for each in events_of(films.engine)]
        assert (IndexEvent.DAMAGED, damaged) in told
        assert told[-1] == (IndexEvent.RECOVERED, _generation(indexes))
        assert SpaceFolder(tmp_path, SPACE).current() == _generation(indexes)


def test_files_that_are_gone_are_damage(films: IndexedFilms, tmp_path: Path) -> None:
    add_vectors(films, MANY)
    with opened_indexes(films.engine, tmp_path) as indexes:
        care = care_of(indexes)
        damaged = _generation(indexes)
        assert damaged is not None
        (SpaceFolder(tmp_path, SPACE).generation(damaged) / IDS).unlink()
        care.scrub()
        assert _generation(indexes) not in (damaged, None)
        assert_holds_what_stands(indexes.of(SPACE).caught_up(), films.engine)


def test_one_that_was_replaced_meanwhile_is_no_damage(films: IndexedFilms, tmp_path: Path) -> None:
    add_vectors(films, MANY)
    folder = SpaceFolder(tmp_path, SPACE)
    with opened_indexes(films.engine, tmp_path) as indexes:
        care = care_of(indexes)
        for _ in range(2):  # the second one removes what is open
            rebuild(films.engine, folder, BY_HAND, reason="test")
        care.scrub()
        assert_holds_what_stands(indexes.of(SPACE).caught_up(), films.engine)
        care.follow()
        assert _generation(indexes) == folder.current()
    assert {each.event for each in events_of(films.engine)} == {IndexEvent.BUILT}


def test_saving_at_once_makes_a_generation_of_every_change(
    films: IndexedFilms, tmp_path: Path
) -> None:
    gone = add_vectors(films, 3)
    with opened_indexes(films.engine, tmp_path, AT_ONCE) as indexes:
        care = care_of(indexes)
        care.save()
        first = _generation(indexes)
        assert first is not None
        care.save()
        assert _generation(indexes) == first
        add_vectors(films, 2)
        care.save()
        second = indexes.of(SPACE).view
        assert _generation(indexes) != first
        assert (second.count, second.delta.count) == (5, 0)
        _remove(films, gone)
        care.save()
        assert indexes.of(SPACE).view.base.manifest.tombstones == 3
        assert_holds_what_stands(indexes.of(SPACE).view, films.engine)
    saved = [each for each in events_of(films.engine) if each.event is IndexEvent.SAVED]
    assert len(saved) >= 2


def test_periodic_waits_for_its_time_and_manual_for_a_person(
    films: IndexedFilms, tmp_path: Path
) -> None:
    now = [0.0]
    add_vectors(films, MANY)
    periodic = replace(BY_HAND, save=SavePolicy.PERIODIC, save_seconds=10)
    for options, is_saved in ((periodic, True), (BY_HAND, False)):
        with opened_indexes(films.engine, tmp_path, options) as indexes:
            care_of(indexes)
            care = IndexCare(indexes.opened()[0], clock=lambda: now[0])
            before = _generation(indexes)
            add_vectors(films, 1)
            now[0] += 9
            care.save()
            assert _generation(indexes) == before
            now[0] += 2
            care.save()
            assert (_generation(indexes) != before) is is_saved
            assert_holds_what_stands(indexes.of(SPACE).caught_up(), films.engine)


def test_nothing_is_saved_while_another_process_writes(films: IndexedFilms, tmp_path: Path) -> None:
    add_vectors(films, MANY)
    with opened_indexes(films.engine, tmp_path, AT_ONCE) as indexes:
        care, before = care_of(indexes), _generation(indexes)
        add_vectors(films, 1)
        with SpaceFolder(tmp_path, SPACE).locked():
            care.save()
        assert _generation(indexes) == before
        care.save()
        assert _generation(indexes) != before


def test_an_index_that_lacks_rows_is_built_anew(films: IndexedFilms, tmp_path: Path) -> None:
    """Rows that went without a tombstone, as a hand in the database can make them go."""
    add_vectors(films, MANY)
    with opened_indexes(films.engine, tmp_path) as indexes:
        care = care_of(indexes)
        care.compare()
        before = _generation(indexes)
        with films.engine.begin() as connection:
            connection.execute(text("set local session_replication_role = replica"))
            connection.execute(text("delete from embeddings where start_ms < 5000"))
        care.compare()
        assert _generation(indexes) == before
        care_of(indexes).compare()
        assert _generation(indexes) != before
        assert_holds_what_stands(indexes.of(SPACE).caught_up(), films.engine)
    assert any("Postgres" in each.detail for each in events_of(films.engine))


def test_a_step_that_fails_ends_nothing_and_waits_longer_each_time(
    films: IndexedFilms, tmp_path: Path
) -> None:
    add_vectors(films, MANY)
    with opened_indexes(films.engine, tmp_path, AT_ONCE) as indexes:
        indexes.of(SPACE)
        keeper = Keeper(indexes.opened)
        add_vectors(films, 1)
        folder = SpaceFolder(tmp_path, SPACE).path
        (folder / ".lock").unlink()
        (folder / ".lock").mkdir()
        for _ in range(3):
            keeper.step()
        assert_holds_what_stands(indexes.of(SPACE).caught_up(), films.engine)
    failed = [each for each in events_of(films.engine) if each.event is IndexEvent.FAILED]
    assert len(failed) == 1
    assert "save" in failed[0].detail


def test_the_thread_follows_while_it_is_wanted_and_ends_at_once(
    films: IndexedFilms, tmp_path: Path
) -> None:
    add_vectors(films, MANY)
    with opened_indexes(films.engine, tmp_path) as indexes:
        indexes.of(SPACE)
        stepped = Event()

        def opened() -> list:
            stepped.set()
            return indexes.opened()

        keeper = Keeper(opened, seconds=0.01)
        keeper.start()
        newer = rebuild(films.engine, SpaceFolder(tmp_path, SPACE), BY_HAND, reason="test")
        until = time.monotonic() + 20
        while _generation(indexes) != newer.name and time.monotonic() < until:
            time.sleep(0.02)
        assert _generation(indexes) == newer.name
        assert stepped.is_set()
        began = time.monotonic()
        keeper.close(5)
        assert time.monotonic() - began < 4
