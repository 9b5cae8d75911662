"""What a look for news costs before a search, and that no committed write is missed by the next."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Final

from sqlalchemy import text

from rushes.db.reading import Statement, reading
from rushes.vectors.store import latest_change
from scripts.benchmarks.report import Figure
from scripts.benchmarks.vectors_data import embedding_id
from scripts.benchmarks.vectors_opened import Opened
from scripts.benchmarks.vectors_writer import ask, writer, written

BURSTS, BURSTS_QUICK = 60, 15
BURST: Final = 50
"""Looks of one kind in a row."""
WRITES, WRITES_QUICK = 200, 50
CHECK_LIMIT: Final = 3.0
NEWS, SELECT, WHOLE = "look for news", "select 1", "caught_up()"


def check(opened: Opened, quick: bool) -> list[Figure]:
    """Both on one connection, prepared, in turn; the ratio is the median of those of the bursts."""
    bursts = [_burst(opened) for _ in range(BURSTS_QUICK if quick else BURSTS)]
    return check_figures(bursts)


def check_figures(bursts: Sequence[dict[str, float]]) -> list[Figure]:
    """`bursts`: median us of each kind."""
    ratio = median(each[NEWS] / each[SELECT] for each in bursts)
    shown = [Figure(name, median(each[name] for each in bursts), "us") for name in bursts[0]]
    return [Figure.at_most(f"{NEWS} / {SELECT}", ratio, CHECK_LIMIT), *shown]


def visibility(opened: Opened, quick: bool) -> list[Figure]:
    """Another process commits, then this one searches: found as the nearest, or missed."""
    filled, missed, times = opened.built.filled, 0, []
    search = opened.live_search()
    film, count = f"{filled.prefix}-visible", WRITES_QUICK if quick else WRITES
    with writer(opened.built.data.engine, filled.space, film) as process:
        for _ in range(count):
            number = ask(process)
            query = written(number, filled.space.dimension)
            before = time.perf_counter()
            found = search(query)
            times.append((time.perf_counter() - before) * 1e3)
            missed += found[0].embedding_id != embedding_id(film, number)
    return [
        Figure.at_most(f"missed of {count} writes of another process", missed, 0),
        Figure("the search after a write", median(times), "ms"),
    ]


def _burst(opened: Opened) -> dict[str, float]:
    space, applied = opened.built.filled.space, opened.live.caught_up().applied_seq
    select = Statement.of(text("select 1 as one"))
    with reading(opened.built.data.engine) as connection:
        looks: dict[str, Callable[[], object]] = {
            NEWS: lambda: latest_change(connection, space, applied),
            SELECT: lambda: select.rows(connection, {}),
            WHOLE: opened.live.caught_up,
        }
        return {name: _median_us(look) for name, look in looks.items()}


def _median_us(look: Callable[[], object]) -> float:
    times = []
    for _ in range(BURST):
        before = time.perf_counter()
        look()
        times.append((time.perf_counter() - before) * 1e6)
    return median(times)
