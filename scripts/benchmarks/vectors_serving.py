"""Eight clients at once: the live index beside bare FAISS, and beside a lock around it.

The ways take turns in short rounds, so that other work on the machine meets all of them; each
ratio is the median of those within a round.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Final

from scripts.benchmarks.report import Figure
from scripts.benchmarks.vectors_clients import CLIENTS, Search, Served, middle, ratio, served
from scripts.benchmarks.vectors_locked import LockedIndex
from scripts.benchmarks.vectors_opened import Opened, cpu_of
from scripts.benchmarks.vectors_writer import writer

A_SECOND: Final = 10.0
"""Entries that the writer commits."""
ROUNDS, ROUNDS_QUICK = 9, 3
SECONDS, SECONDS_QUICK = 2.5, 1.0
WARM_SECONDS: Final = 0.3
BARE, LIVE, LOCKED = "bare", "live", "lock"
WRITTEN: Final = " + writer"
OF_BARE, OF_BARE_WRITTEN = 0.9, 0.75
OF_LOCKED, OF_LOCKED_WRITTEN = 2.0, 3.0

Rounds = list[dict[str, Served]]


@dataclass(frozen=True, slots=True)
class Way:
    """How clients search, and what goes on beside them."""

    search: Search
    beside: AbstractContextManager[object]


def measure(opened: Opened, quick: bool) -> list[Figure]:
    """Rounds of all ways; a line each as they are measured."""
    locked = LockedIndex(opened.built, opened.built.data.folder / "locked.faiss")
    count, seconds = (ROUNDS_QUICK, SECONDS_QUICK) if quick else (ROUNDS, SECONDS)
    rounds: Rounds = []
    for number in range(-1, count):
        told = _round(opened, locked, number, seconds if number >= 0 else WARM_SECONDS)
        if number >= 0:
            rounds.append(told)
            speeds = "  ".join(f"{name} {each.a_second:.0f}/s" for name, each in told.items())
            print(f"{opened.built.name} {number + 1} of {count}: {speeds}", flush=True)
    saved = Figure(f"{opened.built.name}: a save under the lock", locked.save_seconds, "s")
    return [*figures(opened.built.name, rounds), saved]


def figures(name: str, rounds: Rounds) -> list[Figure]:
    """The promises on the ratios, then the speeds."""
    promised = (
        (LIVE, BARE, OF_BARE),
        (LIVE + WRITTEN, BARE, OF_BARE_WRITTEN),
        (LIVE, LOCKED, OF_LOCKED),
        (LIVE + WRITTEN, LOCKED + WRITTEN, OF_LOCKED_WRITTEN),
    )
    ratios = [
        Figure.at_least(f"{name}: {ours} / {theirs}", ratio(rounds, ours, theirs), limit)
        for ours, theirs, limit in promised
    ]
    by_work = Figure(
        f"{name}: {LIVE} / {BARE} by processor time", ratio(rounds, LIVE, BARE, "a_cpu_second")
    )
    return [*ratios, by_work, *_speeds(name, rounds)]


def _speeds(name: str, rounds: Rounds) -> Iterator[Figure]:
    for way in rounds[0]:
        yield Figure(f"{name}: {way}", middle(rounds, way, "a_second"), "/s")
        if way in (BARE, LIVE, LOCKED):
            work = 1e3 / middle(rounds, way, "a_cpu_second")
            yield Figure(f"{name}: {way}, processor time of one", work, "ms")
        for each in ("p50", "p99"):
            yield Figure(f"{name}: {way} {each}", middle(rounds, way, each), "ms")


def _round(opened: Opened, locked: LockedIndex, number: int, seconds: float) -> dict[str, Served]:
    """Every way once; who begins changes from round to round."""
    questions, cpu = opened.built.questions, cpu_of(opened.built.data)
    ways = list(_ways(opened, locked, number).items())
    turned = number % len(ways)
    found: dict[str, Served] = {}
    for name, way in (*ways[turned:], *ways[:turned]):
        with way.beside:
            found[name] = served(way.search, questions, seconds, cpu=cpu, clients=CLIENTS)
    return {name: found[name] for name, _ in ways}


def _ways(opened: Opened, locked: LockedIndex, number: int) -> Mapping[str, Way]:
    return {
        BARE: Way(opened.bare_search(), nullcontext()),
        LIVE: Way(opened.live_search(), nullcontext()),
        LOCKED: Way(locked.search, nullcontext()),
        LIVE + WRITTEN: Way(opened.live_search(), _other_process(opened, number)),
        LOCKED + WRITTEN: Way(locked.search, locked.writing(A_SECOND)),
    }


@contextmanager
def _other_process(opened: Opened, number: int) -> Iterator[None]:
    filled = opened.built.filled
    film = f"{filled.prefix}-written-{number}"
    with writer(opened.built.data.engine, filled.space, film, A_SECOND):
        yield
