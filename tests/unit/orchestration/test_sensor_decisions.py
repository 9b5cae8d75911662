"""Which runs the library sensor asks for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sensors.decisions import WantedRun, drain_for_outbox, next_repeat, runs_for_films

_KEYS = [f"film{number:02}" for number in range(20)]
_WORK = st.dictionaries(st.sampled_from([*_KEYS, "unregistered"]), st.text(max_size=3))
_BUSY = st.lists(st.sampled_from(_KEYS), max_size=8)


def _runs(
    work: dict[str, str], busy: list[str], *, chunk: int = 25, limit: int = 100
) -> list[WantedRun]:
    return runs_for_films(_KEYS, work, busy, chunk=chunk, limit=limit)


def _films(run: WantedRun) -> list[str]:
    return _KEYS[_KEYS.index(run.first) : _KEYS.index(run.last) + 1]


@given(_WORK, _BUSY, st.integers(1, 5))
def test_every_idle_registered_film_with_work_is_in_exactly_one_run(
    work: dict[str, str], busy: list[str], chunk: int
) -> None:
    runs = _runs(work, busy, chunk=chunk)
    films = [film for run in runs for film in _films(run)]
    assert films == [key for key in _KEYS if key in work and key not in busy]
    assert all(len(_films(run)) <= chunk for run in runs)


@given(_WORK, _BUSY, st.integers(0, 4))
def test_a_tick_asks_for_no_more_runs_than_its_limit(
    work: dict[str, str], busy: list[str], limit: int
) -> None:
    assert _runs(work, busy, chunk=2, limit=limit) == _runs(work, busy, chunk=2)[:limit]


@given(_WORK.filter(len), st.data())
def test_a_run_key_changes_with_the_work_of_any_of_its_films(
    work: dict[str, str], data: st.DataObject
) -> None:
    before = _runs(work, [])
    changed = data.draw(st.sampled_from(sorted(work)))
    after = _runs({**work, changed: f"{work[changed]} and one try more"}, [])
    assert [(run.first, run.last) for run in before] == [(run.first, run.last) for run in after]
    for old, new in zip(before, after, strict=True):
        assert (old.run_key != new.run_key) == (changed in _films(old))


@given(_WORK, _BUSY)
def test_the_same_work_has_the_same_keys_and_no_two_runs_share_one(
    work: dict[str, str], busy: list[str]
) -> None:
    keys = [run.run_key for run in _runs(work, busy, chunk=3)]
    assert keys == [run.run_key for run in _runs(dict(reversed(work.items())), busy, chunk=3)]
    assert len(set(keys)) == len(keys)


def test_a_repeat_of_work_waits_twice_as_long_each_time_and_at_most_an_hour() -> None:
    now = datetime(2024, 5, 1, tzinfo=UTC)
    assert next_repeat([], now) == 0
    for count, seconds in ((1, 60), (2, 120), (3, 240), (20, 3600), (5000, 3600)):
        ended = [now - timedelta(days=1)] * (count - 1) + [now]
        assert next_repeat(ended, now + timedelta(seconds=seconds - 1)) is None
        assert next_repeat(ended, now + timedelta(seconds=seconds)) == count


_NOW = datetime(2024, 5, 1, tzinfo=UTC)
_OUTBOX = st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))


def _drain_key(outbox: tuple[int, int, int], ended: list[datetime]) -> str | None:
    oldest, more, due = outbox
    wanted = drain_for_outbox(
        oldest_id=oldest,
        newest_id=oldest + more,
        due_failures=due,
        ended=ended,
        now=_NOW,
    )
    return wanted and wanted.run_key


@given(_OUTBOX)
def test_a_drain_is_asked_for_exactly_where_something_waits(outbox: tuple[int, int, int]) -> None:
    assert (_drain_key(outbox, []) is not None) == any(outbox)


@given(_OUTBOX.filter(any), _OUTBOX.filter(any), st.integers(0, 3), st.integers(0, 3))
def test_two_drains_share_a_key_only_for_the_same_rows_and_the_same_try(
    one: tuple[int, int, int], other: tuple[int, int, int], tries: int, more_tries: int
) -> None:
    long_ago = _NOW - timedelta(days=1)
    keys = [_drain_key(one, [long_ago] * tries), _drain_key(other, [long_ago] * more_tries)]
    assert None not in keys
    assert (keys[0] == keys[1]) == ((one, tries) == (other, more_tries))


def test_a_drain_that_changed_nothing_waits_but_a_new_change_does_not() -> None:
    just_now = [_NOW - timedelta(seconds=5)]
    assert _drain_key((3, 1, 0), just_now) is None
    assert _drain_key((3, 2, 0), []) is not None
