"""Laws of merging rankings."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rushes.search.hybrid.fusion import WINDOW, fused, reach

_THINGS = [f"s{number}" for number in range(30)]
_ranking = st.lists(st.sampled_from(_THINGS), unique=True, max_size=25)
_others = st.lists(_ranking, max_size=4)
_windows = st.integers(1, 30)


@settings(max_examples=100, deadline=None)
@given(_ranking, _others, _windows)
def test_everything_is_there_once(text: list[str], others: list[list[str]], window: int) -> None:
    found = fused(text, others, window)
    assert len(found) == len(set(found))
    assert set(found) == set(text).union(*others)


@settings(max_examples=100, deadline=None)
@given(_ranking, _others, _windows, st.randoms(use_true_random=False))
def test_the_order_of_the_other_rankings_says_nothing(
    text: list[str], others: list[list[str]], window: int, drawn: random.Random
) -> None:
    shuffled = drawn.sample(others, len(others))
    assert fused(text, shuffled, window) == fused(text, others, window)


@settings(max_examples=100, deadline=None)
@given(_ranking, _windows)
def test_a_ranking_alone_stays_as_it_is(text: list[str], window: int) -> None:
    assert fused(text, [], window) == fused([], [text], window) == text
    assert fused(text, [text, text], window) == text


@settings(max_examples=100, deadline=None)
@given(_ranking, _ranking, _windows)
def test_what_is_in_both_beats_what_ranks_no_better_in_one(
    text: list[str], other: list[str], window: int
) -> None:
    place = {each: at for at, each in enumerate(fused(text, [other], window))}
    for both in set(text) & set(other):
        for ranking, foreign in ((text, other), (other, text)):
            behind = ranking[ranking.index(both) + 1 :]
            assert all(place[both] < place[one] for one in behind if one not in foreign)


@settings(max_examples=100, deadline=None)
@given(_ranking, _others, _windows, st.integers(1, 25))
def test_a_deeper_look_only_adds_behind(
    text: list[str], others: list[list[str]], window: int, depth: int
) -> None:
    needed = reach(depth, window)
    shallow = fused(text[:needed], [each[:needed] for each in others], window)
    assert shallow[:depth] == fused(text, others, window)[:depth]


def test_of_equal_ones_words_come_first() -> None:
    assert fused(["b", "d"], [["a", "c"]]) == ["b", "a", "d", "c"]
    assert fused([], [["b"], ["a"]]) == ["a", "b"]


def test_being_second_twice_beats_being_first_once() -> None:
    assert fused(["a", "x"], [["b", "x"]])[0] == "x"


@pytest.mark.parametrize(
    ("depth", "places"),
    [(0, WINDOW), (1, WINDOW), (WINDOW, WINDOW), (WINDOW + 1, 2 * WINDOW), (10_000, 10_000)],
)
def test_whole_windows_are_asked_for(depth: int, places: int) -> None:
    assert reach(depth) == places
