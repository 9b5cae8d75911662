"""What the sensors decide, without Dagster: from what is seen to what is to be run."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from orchestration.partitions import contiguous_ranges

_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class WantedRun:
    """A range of films to be analysed. The key carries the work, so a repeat is a new run."""

    first: str
    last: str
    run_key: str


def runs_for_films(
    all_keys: Sequence[str],
    work: Mapping[str, str],
    in_flight: Sequence[str],
    *,
    chunk: int,
    limit: int,
) -> list[WantedRun]:
    """At most `limit` runs of at most `chunk` films for those with work and no run in flight.

    `work` maps a film to a text that changes with what is to be done on it.
    """
    busy = set(in_flight)
    wanted = [key for key in all_keys if key in work and key not in busy]
    position = {key: index for index, key in enumerate(all_keys)}
    runs = []
    for first, last in contiguous_ranges(all_keys, wanted, chunk)[:limit]:
        keys = all_keys[position[first] : position[last] + 1]
        digest = hashlib.sha256("\n".join(f"{key} {work[key]}" for key in keys).encode())
        runs.append(WantedRun(first, last, f"films:{digest.hexdigest()[:24]}"))
    return runs


def next_repeat(ended: Sequence[datetime], now: datetime) -> int | None:
    """The number of the next run of the same work; None while it waits.

    `ended` has the ends of its runs so far. They changed nothing, or it would be other work: they
    were cancelled or never began. Dagster swallows a run key that it knows, so a repeat needs its
    own; each one waits twice as long.
    """
    wait = min(_FIRST_WAIT * 2 ** min(len(ended), 16), _LONGEST_WAIT)
    if ended and now - max(ended) < wait:
        return None
    return len(ended)
