"""Orders of events that a synchronisation without one of its rules gets wrong.

Each was a failure of the property test, of the real thing or of one with a rule taken out.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.integration.search.changes.changes_database import changes as changes
from tests.integration.search.changes.changing_library import INDEXES, Database
from tests.integration.search.changes.naive_machine import NaiveMachine
from tests.integration.search.changes.reading_laws import LawBrokenError
from tests.integration.search.changes.sync_machine import SyncMachine
from tests.quickwit_model.mishaps import Mishap

ONE_INDEX = dict.fromkeys(("one", "two"), INDEXES[0])
TWO_INDEXES = dict(zip(("one", "two"), INDEXES, strict=True))
_MOST_STEPS = 14


@contextmanager
def machine_of(
    database: Database,
    layout: dict[str, str] | None = None,
    *,
    kind: type[SyncMachine] = SyncMachine,
    matures_at_once: bool = False,
) -> Iterator[SyncMachine]:
    """A machine whose every reading, and whose end, is checked."""
    kind.database = database
    machine = kind()
    machine.prepare(layout=layout or ONE_INDEX, matures_at_once=matures_at_once)
    try:
        yield machine
    finally:
        machine.teardown()


def test_a_film_moves_between_generations_of_which_one_is_slower(changes: Database) -> None:
    for first, second in (INDEXES, INDEXES[::-1]):
        with machine_of(changes, TWO_INDEXES) as machine:
            machine.change("a", "text")
            machine.publish(who=0)
            for _ in range(2):
                machine.change("a", "move")
                machine.work(who=0, phase="begin")
                machine.work(who=0, phase="begin")
                for index in (first, second):
                    machine.library.model.get(index).open_workbench()
                    machine.library.model.get(index).commit()
                    machine.work(who=0, phase="settle")


@pytest.mark.parametrize("at", range(0, _MOST_STEPS, 2))
def test_a_worker_dies_before_any_of_its_steps(changes: Database, at: int) -> None:
    with machine_of(changes) as machine:
        machine.change("a", "text")
        machine.publish(who=0)
        machine.change("a", "cut")
        machine.change("b", "text")
        machine.library.meanwhile(at, machine.workers[0].crash)
        machine.publish(who=0)
        machine.work(who=1, phase="begin")


@pytest.mark.parametrize("at", range(7))
def test_a_film_is_made_again_while_its_deletion_is_worked_on(changes: Database, at: int) -> None:
    with machine_of(changes) as machine:
        machine.change("a", "text")
        machine.publish(who=0)
        machine.change("a", "delete")
        machine.work_and_meanwhile(who=0, phase="begin", at=at, what="change", film="a")
        machine.publish(who=1)


@pytest.mark.parametrize("at", range(7))
def test_a_worker_that_was_taken_for_dead_undoes_nothing(changes: Database, at: int) -> None:
    with machine_of(changes) as machine:
        machine.change("a", "text")
        machine.publish(who=0)
        machine.change("a", "delete")
        machine.library.meanwhile(at, lambda: _overtake(machine))
        machine.workers[0].step("begin")
        machine.publish(who=0)


def _overtake(machine: SyncMachine) -> None:
    machine.workers[0].lose_lock()
    machine.change("a", "text")
    machine.publish(who=1)


def test_a_reader_on_its_way_finds_what_was_live_though_time_passes_in_a_plan(
    changes: Database,
) -> None:
    with machine_of(changes, matures_at_once=True) as machine:
        machine.change("a", "text")
        machine.publish(who=0)
        machine.change("a", "delete")
        machine.library.meanwhile(3, lambda: _wait_and_read(machine))
        machine.work(who=0, phase="begin")
        machine.purge(mishap=Mishap.NONE)
        machine.plan_deletes()
        machine.go_on_reading()
        machine.end_reading()


def _wait_and_read(machine: SyncMachine) -> None:
    machine.library.model.advance(100)
    machine.begin_to_read(word=None)


@pytest.mark.parametrize("mishap", list(Mishap))
def test_whatever_becomes_of_a_request_no_film_is_doubled_or_lost(
    changes: Database, mishap: Mishap
) -> None:
    with machine_of(changes) as machine:
        machine.change("a", "cut")
        machine.publish(who=0)
        for film in "ab":
            machine.change(film, "cut")
        machine.work_amid_mishaps(who=0, phase="send", mishap=mishap)
        for seconds in (7.0, 100.0, 40.0):
            machine.pass_time(seconds=seconds)
            machine.work(who=0, phase="settle")
        machine.purge(mishap=Mishap.NONE)
        machine.pass_time(seconds=1_000.0)
        machine.purge(mishap=Mishap.NONE)
        machine.publish(who=0)


def test_a_failure_goes_with_its_film(changes: Database) -> None:
    with machine_of(changes) as machine:
        machine.change("a", "text")
        machine.work(who=0, phase="begin")
        machine.change("a", "delete")
        machine.work_amid_mishaps(who=0, phase="send", mishap=Mishap.TOO_LARGE)


def test_a_failure_goes_when_its_film_goes_to_another_generation(changes: Database) -> None:
    with machine_of(changes, TWO_INDEXES) as machine:
        machine.change("a", "text")
        machine.publish(who=0)
        machine.change("a", "move")
        machine.work_amid_mishaps(who=0, phase="send", mishap=Mishap.TOO_LARGE)
        machine.change("a", "move")


def test_a_film_counts_only_once_all_its_scenes_are_there(changes: Database) -> None:
    with machine_of(changes) as machine:
        for _ in range(2):
            machine.change("a", "cut")
            machine.work(who=0, phase="begin")
            machine.work(who=0, phase="begin")
            for _ in range(3):
                machine.commit(taken=1, is_published=True, who=0)


def test_what_the_engine_brings_again_is_repaired(changes: Database) -> None:
    with machine_of(changes) as machine:
        machine.change("a", "cut")
        machine.publish(who=0)
        machine.bring_again(place=0)
        machine.pass_time(seconds=100.0)
        machine.reconcile()
        machine.publish(who=0)
        for _ in range(2):
            machine.pass_time(seconds=50 * 3600.0)
            machine.purge(mishap=Mishap.NONE)
        machine.bring_again(place=0)
        machine.pass_time(seconds=100.0)
        machine.reconcile()


def test_changes_that_are_committed_later_than_they_began_are_not_lost(changes: Database) -> None:
    with machine_of(changes) as machine:
        machine.change("a", "text")
        machine.change("b", "text")
        machine.publish(who=0)
        machine.begin_slow_change("a", "cut")
        machine.change("b", "cut")
        machine.work_and_meanwhile(who=0, phase="begin", at=2, what="commit", film="a")
        machine.publish(who=0)


def test_delete_then_post_finds_a_film_in_two_versions(changes: Database) -> None:
    with pytest.raises(LawBrokenError, match="two versions"):
        _publish_naively_twice(changes, matures_at_once=False, is_slow=False)


def test_delete_then_post_finds_a_film_in_no_version(changes: Database) -> None:
    with pytest.raises(LawBrokenError, match="is not found"):
        _publish_naively_twice(changes, matures_at_once=True, is_slow=True)


def _publish_naively_twice(changes: Database, *, matures_at_once: bool, is_slow: bool) -> None:
    with machine_of(changes, kind=NaiveMachine, matures_at_once=matures_at_once) as machine:
        machine.change("a", "cut")
        machine.publish(who=0)
        machine.commit_slowly(is_slow=is_slow)
        machine.change("a", "cut")
        machine.publish(who=0)
        machine.pass_time(seconds=100.0)
