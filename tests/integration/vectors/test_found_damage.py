"""Damage that somebody found: known until the generation is gone, and left by all who use it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from index_making import (
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
from sqlalchemy import Engine, event

from rushes.db.engine import make_engine
from rushes.db.reading import reader
from rushes.vectors.care import IndexCare
from rushes.vectors.events import IndexEvent, note
from rushes.vectors.generations.folder import SpaceFolder
from rushes.vectors.generations.manifest import INDEX
from rushes.vectors.generations.stamps import remove_stamp
from rushes.vectors.generations.verification import verify
from rushes.vectors.ladder import SpaceLadder
from rushes.vectors.live.live_index import LiveIndex
from rushes.vectors.rebuilding import rebuild
from rushes.vectors.status import RebuildReason, SpaceStatus, read_status
from rushes.vectors.verifying import note_damage, verify_space
from tests.integration.indexed_films import IndexedFilms

_WRONG = "it differs from Postgres: 5 missing"


def _status(engine: Engine, root: Path) -> SpaceStatus:
    (found,) = read_status(engine, root, BY_HAND)
    return found


def _two(films: IndexedFilms, root: Path) -> tuple[SpaceFolder, str, str]:
    """A folder of two generations, and their names, the older one first."""
    folder = SpaceFolder(root, SPACE)
    add_vectors(films, MANY)
    older = rebuild(films.engine, folder, BY_HAND, reason="test").name
    add_vectors(films, 3)
    return folder, older, rebuild(films.engine, folder, BY_HAND, reason="test").name


def _damages(engine: Engine) -> list[str | None]:
    return [each.generation for each in events_of(engine) if each.event is IndexEvent.DAMAGED]


def _name(live: LiveIndex) -> str | None:
    base = live.view.base
    return None if base is None else base.manifest.name


def test_damage_stays_known_whatever_fails_after_it(films: IndexedFilms, tmp_path: Path) -> None:
    folder, older, current = _two(films, tmp_path)
    elsewhere = tmp_path / "elsewhere"
    note_damage(films.engine, SpaceFolder(elsewhere, SPACE), current, "another machine's")
    assert _status(films.engine, tmp_path).needs_rebuild is None
    note_damage(films.engine, folder, current, _WRONG)
    for _ in range(12):
        note(films.engine, SPACE.key, IndexEvent.FAILED, "could not save", root=tmp_path)
    for _ in range(2):
        found = _status(films.engine, tmp_path)
        assert (found.needs_rebuild, found.damage) == (RebuildReason.DAMAGED, _WRONG)
        assert IndexEvent.DAMAGED not in [each.event for each in found.failures]
        note_damage(films.engine, folder, current, _WRONG)
    assert _damages(films.engine) == [current, current]  # one of each place
    note(films.engine, SPACE.key, IndexEvent.FAILED, "again", root=tmp_path, kept=3)
    assert _status(films.engine, tmp_path).damage == _WRONG  # failures alone were forgotten
    rebuild(films.engine, folder, BY_HAND, reason="test")
    assert _status(films.engine, tmp_path).needs_rebuild is None
    assert folder.names()[1:] == [older]  # and not what is known to be wrong


def test_the_status_takes_one_connection_at_a_time(films: IndexedFilms, tmp_path: Path) -> None:
    """Else those who ask at a time wait for each other until the pool gives up."""
    _two(films, tmp_path)
    engine = make_engine(films.engine.url.render_as_string(hide_password=False))
    pool = reader(engine).pool
    held: list[int] = []
    event.listen(pool, "checkout", lambda *_: held.append(pool.checkedout()))  # type: ignore[attr-defined]
    try:
        assert len(read_status(engine, tmp_path, BY_HAND)) == 1
        assert set(held) == {1}
    finally:
        engine.dispose()


def test_who_begins_anew_takes_one_reading_connection(films: IndexedFilms, tmp_path: Path) -> None:
    _two(films, tmp_path)
    pool = reader(films.engine).pool
    held: list[int] = []
    ladder = SpaceLadder(films.engine, tmp_path, SPACE, BY_HAND)
    event.listen(pool, "checkout", lambda *_: held.append(pool.checkedout()))  # type: ignore[attr-defined]
    with reader(films.engine).connect():
        assert ladder.from_files() is not None
    assert held == [1]


def test_what_is_published_between_two_looks_is_no_damage(
    films: IndexedFilms, tmp_path: Path
) -> None:
    published: list[str] = []

    class PublishingFolder(SpaceFolder):
        """Another process commits and publishes right before the first look at CURRENT."""

        def read_current(self) -> str | None:
            if not published:
                add_vectors(films, 2)
                folder = SpaceFolder(tmp_path, SPACE)
                published.append(rebuild(films.engine, folder, BY_HAND, reason="test").name)
            return super().read_current()

    _two(films, tmp_path)
    ladder = SpaceLadder(films.engine, tmp_path, SPACE, BY_HAND)
    ladder.folder = PublishingFolder(tmp_path, SPACE)
    base = ladder.from_files()
    assert base is not None
    assert [base.manifest.name] == published
    assert {each.event for each in events_of(films.engine)} == {IndexEvent.BUILT}
    assert _status(films.engine, tmp_path).needs_rebuild is None


def test_what_another_process_found_is_left_for_the_older_one_at_once(
    films: IndexedFilms, tmp_path: Path
) -> None:
    folder, older, current = _two(films, tmp_path)
    now = [0.0]
    with opened_indexes(films.engine, tmp_path) as indexes:
        live = indexes.of(SPACE)
        care = IndexCare(indexes.opened()[0], clock=lambda: now[0])
        care.heed()
        assert _name(live) == current
        note_damage(films.engine, SpaceFolder(tmp_path, SPACE), current, _WRONG)
        care.heed()  # asked just now
        assert _name(live) == current
        now[0] += 5
        care.heed()
        assert _name(live) == older
        assert_holds_what_stands(live.caught_up(), films.engine)
        told = [(each.event, each.generation) for each in events_of(films.engine)]
        assert told[-2:] == [(IndexEvent.DAMAGED, current), (IndexEvent.RECOVERED, older)]
        care.follow()  # and it is replaced, since it still is the one that counts
        newest = _name(live)
        assert newest not in (older, current)
        assert folder.names() == [newest, older]
        now[0] += 5
        care.heed()
        assert _name(live) == newest


def test_bytes_that_were_written_over_are_left_at_once(films: IndexedFilms, tmp_path: Path) -> None:
    folder, older, current = _two(films, tmp_path)
    with opened_indexes(films.engine, tmp_path) as indexes:
        live, care = indexes.of(SPACE), care_of(indexes)
        care.heed()
        flip_byte(folder.generation(current) / INDEX)
        assert not verify_space(films.engine, SpaceFolder(tmp_path, SPACE)).is_good
        care.heed()
        assert _name(live) == older
        assert_holds_what_stands(live.caught_up(), films.engine)
    assert _damages(films.engine) == [current]


@pytest.mark.parametrize("is_whole", [True, False])
def test_a_stamp_that_goes_is_reason_enough_to_read_all(
    films: IndexedFilms, tmp_path: Path, is_whole: bool
) -> None:
    folder, older, current = _two(films, tmp_path)
    verify(folder, current, clock=lambda: time.time_ns() + 10**10)
    assert folder.stamp(current).exists()
    with opened_indexes(films.engine, tmp_path) as indexes:
        live, care = indexes.of(SPACE), care_of(indexes)
        if not is_whole:
            time.sleep(0.02)  # another ctime than the one of the stamp
            flip_byte(folder.generation(current) / INDEX)
        care.heed()
        assert _name(live) == current  # as at the look before, whatever that was
        remove_stamp(folder, current)
        care.heed()
        assert _name(live) == (current if is_whole else older)
    assert _damages(films.engine) == ([] if is_whole else [current])


def test_files_of_another_database_are_no_damage(films: IndexedFilms, tmp_path: Path) -> None:
    folder, _, current = _two(films, tmp_path)
    ladder = SpaceLadder(films.engine, tmp_path, SPACE, BY_HAND)
    for _ in range(2):
        ladder.note_foreign(current, "it was made from another database")
    told = [each for each in events_of(films.engine) if each.event is not IndexEvent.BUILT]
    assert [(each.event, each.generation) for each in told] == [(IndexEvent.FAILED, current)]
    assert current not in folder.doubted
    assert _status(films.engine, tmp_path).needs_rebuild is None
