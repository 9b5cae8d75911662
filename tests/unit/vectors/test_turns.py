"""One run of a piece of work serves all who came before it began."""

from __future__ import annotations

import itertools
import random
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from rushes.vectors.live.turns import Turns

_THREADS = 16
_CALLS = 25


class Work:
    """Notes when its last run that ended had begun, by a clock that only counts."""

    def __init__(self, fails: int = 0) -> None:
        self.clock = itertools.count()
        self.begun_at = -1
        self.runs = 0
        self._is_running = False
        self._chance = random.Random(fails)
        self._fails = fails

    def __call__(self) -> None:
        assert not self._is_running
        self._is_running = True
        try:
            self.runs += 1
            begun = next(self.clock)
            time.sleep(self._chance.uniform(0, 0.002))
            if self._fails and self._chance.random() < 0.3:
                raise ConnectionError
            self.begun_at = begun
        finally:
            self._is_running = False


@pytest.mark.parametrize("fails", [0, 1])
def test_every_caller_sees_a_run_that_began_after_its_call(fails: int) -> None:
    work = Work(fails)
    turns = Turns(work)

    def call() -> int:
        failures = 0
        for _ in range(_CALLS):
            called = next(work.clock)
            try:
                turns.take()
            except ConnectionError:
                failures += 1
            else:
                assert work.begun_at > called
        return failures

    with ThreadPoolExecutor(_THREADS) as pool:
        failures = sum(pool.map(lambda _: call(), range(_THREADS)))
    assert (failures > 0) is bool(fails)
    assert work.runs < _THREADS * _CALLS


def test_those_who_wait_share_one_run() -> None:
    runs, may_end, begun = itertools.count(1), Event(), Event()
    done: list[int] = []

    def work() -> None:
        number = next(runs)
        begun.set()
        assert may_end.wait(20)
        done.append(number)

    turns = Turns(work)
    with ThreadPoolExecutor(_THREADS) as pool:
        first = pool.submit(turns.take)
        assert begun.wait(20)
        others = [pool.submit(turns.take) for _ in range(_THREADS - 1)]
        time.sleep(0.05)
        assert not any(each.done() for each in others)
        may_end.set()
        for each in (first, *others):
            each.result(20)
    assert done[:2] == [1, 2]
    assert len(done) <= 3  # one that had not come to wait yet takes a turn of its own


def test_a_run_that_fails_is_the_fault_of_its_runner_alone() -> None:
    may_fail, begun = Event(), Event()
    outcomes = iter([True, False])

    def work() -> None:
        if next(outcomes):
            begun.set()
            assert may_fail.wait(20)
            raise ConnectionError

    turns = Turns(work)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(turns.take)
        assert begun.wait(20)
        second = pool.submit(turns.take)
        may_fail.set()
        with pytest.raises(ConnectionError):
            first.result(20)
        second.result(20)


def test_a_ticket_counts_from_when_it_was_drawn() -> None:
    runs: list[int] = []
    turns = Turns(lambda: runs.append(1))
    early = turns.ticket()
    turns.take()
    turns.take(early)
    assert len(runs) == 1  # that run began after the ticket was drawn
    turns.take(turns.ticket())
    turns.take()
    assert len(runs) == 3
