"""What the sensors decide, without Dagster: from what is seen to what is to be run."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
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


@dataclass(frozen=True, slots=True)
class WantedDrain:
    """A drain of the outbox of search. `work`: what waits, the same while nothing changes."""

    run_key: str
    work: str

    @staticmethod
    def work_of(oldest_id: int, newest_id: int, due_failures: int) -> str:
        """Rows of the queue are never used twice, so that their ends tell one state from others."""
        return f"outbox:{oldest_id}:{newest_id}:{due_failures}"


def drain_for_outbox(
    *,
    oldest_id: int,
    newest_id: int,
    due_failures: int,
    ended: Sequence[datetime],
    now: datetime,
) -> WantedDrain | None:
    """The drain that is to be asked for where none is at work; None while a repeat waits.

    `oldest_id` and `newest_id` are of the queue's rows, 0 for an empty one. `ended`: when the
    drains of the very same rows ended, which did nothing about them: the engine is away. Each
    repeat waits longer; a new change is a new state, and waits for nothing.
    """
    repeat = next_repeat(ended, now)
    if repeat is None or not (newest_id or due_failures):
        return None
    work = WantedDrain.work_of(oldest_id, newest_id, due_failures)
    return WantedDrain(f"{work}:{repeat}", work)


@dataclass(frozen=True, slots=True)
class DueRebuild:
    """A vector index whose files have to be made anew. `cause` is one word of a few, not a text
    with numbers, so that it stays the same while nothing is done about it.
    """

    space: str
    generation: str | None
    cause: str

    @property
    def reason(self) -> str:
        """What the new generation says of why it was made."""
        return f"{self.cause.replace('_', ' ')}, seen by the sensor"

    @property
    def work(self) -> str:
        """The same until another generation answers, or for another cause."""
        return f"vectors:{self.space}:{self.generation or 'none'}:{self.cause}"


@dataclass(frozen=True, slots=True)
class WantedRebuild:
    """A rebuild that is to be asked for now."""

    due: DueRebuild
    run_key: str


def rebuilds_of_spaces(
    due: Sequence[DueRebuild],
    busy: Collection[str],
    ended: Callable[[str], Sequence[datetime]],
    now: datetime,
) -> list[WantedRebuild]:
    """One rebuild at most a space, none where a run is queued or at work.

    `ended`: work -> when its runs so far ended, which left the generation as it was: they failed or
    were cancelled. Each repeat waits longer.
    """
    wanted: dict[str, WantedRebuild] = {}
    for each in due:
        if each.space in busy or each.space in wanted:
            continue
        repeat = next_repeat(ended(each.work), now)
        if repeat is not None:
            wanted[each.space] = WantedRebuild(each, f"{each.work}:{repeat}")
    return list(wanted.values())
