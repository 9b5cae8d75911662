"""Revs that do not count are left out one by one, or as a range where many follow one another."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from rushes.search.exclusions import Exclusions


def _excluded(query: str | None) -> set[int]:
    """What the query leaves out."""
    if query is None:
        return set()
    ranges = re.findall(r"rev:\[(\d+) TO (\d+)\]", query)
    singles = re.findall(r"rev:IN \[([\d ]+)\]", query)
    return {int(each) for several in singles for each in several.split()}.union(
        *(range(int(low), int(high) + 1) for low, high in ranges)
    )


_RUNS = st.lists(st.tuples(st.integers(1, 5000), st.integers(1, 600)), max_size=5)


@given(_RUNS)
def test_exactly_these_are_left_out(runs: list[tuple[int, int]]) -> None:
    revs = set().union(*(range(first, first + count) for first, count in runs))
    assert _excluded(Exclusions(tuple(sorted(revs))).query) == revs


def test_a_long_run_is_short_to_say() -> None:
    query = Exclusions((3, *range(10, 9000), 9002)).query
    assert query == "(rev:IN [3 9002] OR rev:[10 TO 8999])"
    assert Exclusions(()).query is None


def test_it_ends_a_query() -> None:
    assert Exclusions((3, 5)).query_end == b" -rev:IN [3 5]"
    assert Exclusions(()).query_end == b""
