"""Killed between any two steps and called again, all ends as if nothing had happened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from sqlalchemy import Engine, event

from rushes.search.generations.dropping import drop
from rushes.search.generations.errors import GenerationInUseError, ShadowUnderWayError
from rushes.search.generations.index_generations import GenerationState
from rushes.search.generations.promotion import promote
from rushes.search.generations.shadow import begin_shadow
from tests.integration.search.generations.searched_archive import Archive

LIBRARIES = ("coast", "hills")
MOST_STEPS = 80
FEWEST_STEPS = 5
"""Whatever is tested here takes more."""


class Killed(BaseException):
    """The process is gone."""


@contextmanager
def killed_after(archive: Archive, steps: int) -> Iterator[None]:
    """So many commits, and requests before and after they are answered, are let through."""
    left = steps

    def step(*_: object) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Killed

    archive.node.around = step
    event.listen(archive.engine, "commit", step)
    try:
        yield
    finally:
        archive.node.around = lambda: None
        event.remove(archive.engine, "commit", step)


@pytest.fixture
def stride(pytestconfig: pytest.Config) -> int:
    """So many steps lie between one kill and the next; `--deep` leaves none out."""
    return 1 if pytestconfig.getoption("--deep") else 5


def killed_everywhere(archive: Archive, act: Callable[[], object], stride: int) -> Iterator[int]:
    """Kill `act` after more and more steps; ends with the number that lets it finish."""
    for steps in range(stride // 2, MOST_STEPS, stride):
        try:
            with killed_after(archive, steps):
                act()
        except Killed:
            yield steps
        else:
            assert steps > FEWEST_STEPS
            return
    raise AssertionError("it never ends")


def assert_sound_so_far(archive: Archive) -> None:
    """Readers find everything once."""
    for library in LIBRARIES:
        assert archive.found(library) == archive.wanted(library) != []


def assert_sound(archive: Archive) -> None:
    """And no index is left over or missing."""
    assert_sound_so_far(archive)
    known = archive.generations()
    kept = {name for name, each in known.items() if each.state is not GenerationState.DROPPED}
    assert archive.node.indexes() == kept


def settle(archive: Archive) -> None:
    """What the sync does when it starts, and later on."""
    archive.ensure()
    archive.sync()
    archive.later(minutes=5)
    archive.advance()


def forget_everything(engine: Engine) -> None:
    tables = "index_generation, library_model_policy, search_ledger, search_revs"
    with engine.begin() as connection:
        connection.exec_driver_sql(f"truncate {tables}")
        connection.exec_driver_sql("truncate search_sync_queue")


def test_the_first_generation_is_made_once_however_often_it_is_interrupted(
    archive: Archive, stride: int
) -> None:
    for _ in killed_everywhere(archive, archive.ensure, stride):
        assert archive.searched("dog") == archive.films_of(*LIBRARIES)
        settle(archive)
        assert_sound(archive)
        active = {archive.policy(each).active_index_name for each in LIBRARIES}
        assert archive.node.indexes() == active
        for name in archive.node.indexes():
            archive.client.delete_index(name)
        forget_everything(archive.engine)


def test_an_index_is_restored_however_often_that_is_interrupted(
    indexed: Archive, stride: int
) -> None:
    name = str(indexed.policy("hills").active_index_name)
    indexed.client.delete_index(name)
    for _ in killed_everywhere(indexed, indexed.ensure, stride):
        assert indexed.searched("dog") == indexed.films_of(*LIBRARIES)
        settle(indexed)
        assert_sound(indexed)
        indexed.client.delete_index(name)


def test_a_shadow_is_begun_however_often_that_is_interrupted(indexed: Archive, stride: int) -> None:
    def begin() -> None:
        begin_shadow(indexed.engine, indexed.client, None, reason="", now=indexed.now, actor="ann")

    for _ in killed_everywhere(indexed, begin, stride):
        with suppress(ShadowUnderWayError):
            begin()
        assert_sound_so_far(indexed)
        settle(indexed)
        for each in LIBRARIES:
            assert indexed.policy(each).shadow_index_name is not None
        promote(indexed.engine, indexed.client, LIBRARIES, now=indexed.now, patience_seconds=0)
        settle(indexed)
        assert_sound(indexed)


def test_a_promotion_happens_whole_or_not_at_all(indexed: Archive, stride: int) -> None:
    def take_over() -> None:
        promote(indexed.engine, indexed.client, LIBRARIES, now=indexed.now, patience_seconds=0)

    def begin() -> None:
        begin_shadow(indexed.engine, indexed.client, None, reason="", now=indexed.now)
        indexed.sync()

    begin()
    for _ in killed_everywhere(indexed, take_over, stride):
        assert_sound_so_far(indexed)
        assert len({indexed.policy(each).active_index_name for each in LIBRARIES}) == 1
        if indexed.policy("hills").shadow_index_name is None:
            begin()
    assert_sound(indexed)


def test_an_index_is_dropped_however_often_that_is_interrupted(
    indexed: Archive, stride: int
) -> None:
    def one_more() -> str:
        begun = begin_shadow(indexed.engine, indexed.client, None, reason="", now=indexed.now)
        indexed.sync()
        promote(indexed.engine, indexed.client, LIBRARIES, now=indexed.now, patience_seconds=0)
        return begun.name

    def drop_previous() -> None:
        previous = indexed.policy("hills").previous_index_name
        if previous:
            drop(indexed.engine, indexed.client, previous, indexed.now, force=True)
        indexed.later(minutes=5)
        drop(indexed.engine, indexed.client, None, indexed.now)

    one_more()
    for _ in killed_everywhere(indexed, drop_previous, stride):
        with suppress(GenerationInUseError):
            drop_previous()
        settle(indexed)
        assert_sound(indexed)
        assert len(indexed.node.indexes()) == 1
        one_more()
