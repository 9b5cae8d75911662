"""Which rebuilds of vector indexes the sensor asks for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sensors.decisions import DueRebuild, WantedRebuild, rebuilds_of_spaces

_NOW = datetime(2026, 1, 2, tzinfo=UTC)
_SPACES = ("face-a", "image-b", "text-c")
_DUE = st.lists(
    st.builds(
        DueRebuild,
        st.sampled_from(_SPACES),
        st.sampled_from([None, "g1", "g2"]),
        st.sampled_from(["missing", "tombstones"]),
    ),
    max_size=6,
)
_TOMBSTONES = DueRebuild("text-c", "g1", "tombstones")


def _asked(
    due: list[DueRebuild], ended: list[datetime] | None = None, busy: tuple[str, ...] = ()
) -> list[WantedRebuild]:
    return rebuilds_of_spaces(due, busy, lambda _: ended or [], _NOW)


@given(_DUE, st.sets(st.sampled_from(_SPACES)))
def test_each_idle_space_that_is_due_gets_one_rebuild(
    due: list[DueRebuild], busy: set[str]
) -> None:
    wanted = [each.due.space for each in _asked(due, busy=tuple(busy))]
    assert len(wanted) == len(set(wanted))
    assert set(wanted) == {each.space for each in due} - busy


@given(_DUE)
def test_a_run_key_tells_space_generation_cause_and_try(due: list[DueRebuild]) -> None:
    long_ago = [_NOW - timedelta(days=1)]
    for each in due:
        (first,), (second,) = _asked([each]), _asked([each], long_ago)
        assert first.run_key != second.run_key
        for part in (each.space, each.generation or "none", each.cause):
            assert part in first.run_key.split(":")


def test_the_same_state_asks_with_the_same_key_until_a_run_of_it_ends() -> None:
    assert _asked([_TOMBSTONES]) == _asked([_TOMBSTONES])


def test_another_generation_or_cause_waits_for_nothing() -> None:
    keys = {
        _asked([DueRebuild("text-c", generation, cause)])[0].run_key
        for generation in ("g1", "g2")
        for cause in ("tombstones", "damaged")
    }
    assert len(keys) == 4


def test_a_failed_try_is_repeated_after_a_wait_that_grows_to_an_hour() -> None:
    waits = []
    for tries in range(1, 12):
        seconds = 0
        while not _asked([_TOMBSTONES], [_NOW - timedelta(seconds=seconds)] * tries):
            seconds += 30
        waits.append(seconds)
    assert waits[0] >= 30
    assert waits == sorted(waits)
    assert waits[-1] == 3600
