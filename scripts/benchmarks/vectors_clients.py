"""Clients that search at once, as threads of one process, and how fast they are served."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from statistics import median, quantiles
from threading import Barrier, Event, Thread
from typing import Final

import numpy as np
from numpy.typing import NDArray

CLIENTS: Final = 8
MOST: Final = 10
"""Neighbours that are asked for."""

Query = NDArray[np.float32]
Search = Callable[[Query], object]


@dataclass(frozen=True, slots=True)
class Served:
    """Of all clients together. `milliseconds`: of each search, in no order.

    `a_cpu_second`: searches by the time that processors worked for them, which other work on the
    machine disturbs less.
    """

    a_second: float
    a_cpu_second: float
    milliseconds: Sequence[float]

    def percentile(self, which: int) -> float:
        """In ms; `which` 1..99."""
        return quantiles(self.milliseconds, n=100, method="inclusive")[which - 1]


class Clients:
    """Threads that search, each the next query once it is answered.

    What a search raises ends nothing; it is kept in `failures`.
    """

    def __init__(self, search: Search, queries: Query, clients: int = CLIENTS) -> None:
        self.failures: list[Exception] = []
        self._search, self._queries = search, queries
        self._times: list[list[float]] = [[] for _ in range(clients)]
        self._taken = [0] * clients
        self._over = Event()

    @contextmanager
    def searching(self, pause_seconds: float = 0.0) -> Iterator[None]:
        """While this lasts; `pause_seconds`: of each client between two searches."""
        begin = Barrier(len(self._times) + 1)
        threads = [
            Thread(target=self._run, args=(number, begin, pause_seconds))
            for number in range(len(self._times))
        ]
        for thread in threads:
            thread.start()
        begin.wait()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join()

    def take(self) -> list[float]:
        """ms of the searches that ended since the last time."""
        found: list[float] = []
        for number, times in enumerate(self._times):
            until = len(times)
            found += times[self._taken[number] : until]
            self._taken[number] = until
        return found

    def _run(self, number: int, begin: Barrier, pause_seconds: float) -> None:
        share = max(1, len(self._queries) // len(self._times))
        times = self._times[number]
        begin.wait()
        for turn in count(number * share):
            before = time.perf_counter()
            try:
                self._search(self._queries[turn % len(self._queries)])
            except Exception as error:  # told by who made them search
                self.failures.append(error)
            times.append((time.perf_counter() - before) * 1e3)
            if self._over.is_set() or (pause_seconds and self._over.wait(pause_seconds)):
                return


def served(
    search: Search,
    queries: Query,
    seconds: float,
    *,
    clients: int = CLIENTS,
    cpu: Callable[[], float] = time.process_time,
) -> Served:
    """What so many clients get in that time. Raises what a search raised.

    `cpu`: seconds that all who take part have worked so far.
    """
    several = Clients(search, queries, clients)
    with several.searching():
        began, worked = time.perf_counter(), cpu()
        time.sleep(seconds)
    took, worked = time.perf_counter() - began, cpu() - worked
    if several.failures:
        raise several.failures[0]
    times = several.take()
    return Served(len(times) / took, len(times) / max(worked, 1e-9), times)


def ratio(
    rounds: Sequence[Mapping[str, Served]], ours: str, theirs: str, of: str = "a_second"
) -> float:
    """Median over the rounds of how many times as many searches: both were measured together."""
    return float(median(getattr(each[ours], of) / getattr(each[theirs], of) for each in rounds))


def middle(rounds: Sequence[Mapping[str, Served]], name: str, which: str) -> float:
    """Median over the rounds: `a_second`, `a_cpu_second`, `p50`, `p95` or `p99`."""
    if which.startswith("p"):
        return median(each[name].percentile(int(which[1:])) for each in rounds)
    return float(median(getattr(each[name], which) for each in rounds))
