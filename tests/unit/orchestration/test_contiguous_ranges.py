"""Ranges of a scattered set: they cover what is wanted, and nothing else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from orchestration.partitions import contiguous_ranges

_KEYS = st.lists(st.text("abcdef", min_size=1, max_size=4), max_size=30, unique=True)


@st.composite
def _keys_and_wanted(draw: st.DrawFn) -> tuple[list[str], list[str]]:
    """All keys, and some of them in any order, with keys that nobody knows and repeats."""
    keys = draw(_KEYS)
    known = draw(st.lists(st.sampled_from(keys), max_size=40)) if keys else []
    strangers = draw(st.lists(st.text("xyz", min_size=1, max_size=2), max_size=3))
    return keys, draw(st.permutations(known + strangers))


def _expanded(keys: list[str], ranges: list[tuple[str, str]]) -> list[list[str]]:
    place = {key: index for index, key in enumerate(keys)}
    return [keys[place[first] : place[last] + 1] for first, last in ranges]


@given(_keys_and_wanted(), st.integers(1, 6))
def test_ranges_hold_what_is_wanted_in_order_and_nothing_else(
    given_keys: tuple[list[str], list[str]], limit: int
) -> None:
    keys, wanted = given_keys
    chunks = _expanded(keys, contiguous_ranges(keys, wanted, limit))
    assert [key for chunk in chunks for key in chunk] == [key for key in keys if key in wanted]
    assert all(1 <= len(chunk) <= limit for chunk in chunks)


@given(_keys_and_wanted(), st.integers(1, 6))
def test_there_are_no_more_ranges_than_gaps_and_the_limit_make(
    given_keys: tuple[list[str], list[str]], limit: int
) -> None:
    keys, wanted = given_keys
    stretches: list[int] = []
    for index, key in enumerate(keys):
        if key not in wanted:
            continue
        if index and keys[index - 1] in wanted:
            stretches[-1] += 1
        else:
            stretches.append(1)
    assert len(contiguous_ranges(keys, wanted, limit)) == sum(-(-s // limit) for s in stretches)


def test_an_unwanted_key_divides_a_range() -> None:
    assert contiguous_ranges("abcdefg", "bcefg", 2) == [("b", "c"), ("e", "f"), ("g", "g")]
