"""Whatever comes, goes, comes again and is pruned: a view equals brute force over what stands."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from space_history import (
    SPACE,
    History,
    Reader,
    assert_equals_brute_force,
    base_of,
    large_base,
    unit,
)

from rushes.vectors.generations.manifest import IndexType
from rushes.vectors.live.base import Base
from rushes.vectors.live.delta import Added, Delta
from rushes.vectors.live.view import View

NUMBERS = st.integers(0, 7)
WRITES = st.one_of(
    st.tuples(st.just("insert"), NUMBERS),
    st.tuples(st.just("insert"), NUMBERS),
    st.tuples(st.just("delete"), NUMBERS),
    st.tuples(st.just("prune"), NUMBERS),
)
STEPS = st.lists(
    st.one_of(
        WRITES,
        WRITES,
        WRITES,
        st.tuples(st.just("poll"), NUMBERS),
        st.tuples(st.just("build"), NUMBERS),
        st.tuples(st.just("begin"), NUMBERS),
        st.tuples(st.just("empty"), NUMBERS),
    ),
    max_size=40,
)


class World:
    """A history, its generations so far, and a reader that looks at it now and then."""

    def __init__(self, page: int) -> None:
        self.history = History()
        self.reader = Reader(self.history, page)
        self.bases: list[Base] = []

    def do(self, step: tuple[str, int], later: Iterator[tuple[str, int]]) -> None:
        does, number = step
        if does == "poll":
            # So many of the writes that are still to come happen between its pages.
            self.reader.poll(lambda: self.write(next(later, None)))
        elif does == "build":
            self.bases.append(self.history.base(buried=number))
        elif does == "begin" and self.bases:
            self.reader.begin_with(self.bases[number % len(self.bases)])
        elif does == "empty":
            self.reader.begin_with(None)
        else:
            self.write(step)

    def write(self, step: tuple[str, int] | None) -> None:
        does, number = step or ("nothing", 0)
        if does == "insert":
            self.history.insert(number)
        elif does == "delete":
            self.history.delete(number)
        elif does == "prune":
            self.history.prune(self.history.seq * number // 7)


@settings(max_examples=150, deadline=None)
@given(steps=STEPS, page=st.integers(1, 4), meanwhile=st.lists(WRITES, max_size=20))
def test_any_history_over_any_generation_equals_brute_force(
    steps: list[tuple[str, int]], page: int, meanwhile: list[tuple[str, int]]
) -> None:
    world, later = World(page), iter(meanwhile)
    for step in steps:
        world.do(step, later)
    world.reader.poll()
    assert_equals_brute_force(world.reader.view, world.history.rows)


def test_a_marker_pages_behind_the_gap_is_not_overlooked() -> None:
    history = History()
    for number in range(3):
        history.insert(number)
    base = history.base()
    history.delete(0)
    for number in range(3, 8):
        history.insert(number)
    history.prune(up_to=4)
    reader = Reader(history, page=2)
    reader.begin_with(base)
    reader.poll()
    assert_equals_brute_force(reader.view, history.rows)


def test_a_catch_up_that_failed_half_way_leaves_nothing_behind() -> None:
    history = History()
    history.insert(0)
    reader = Reader(history, page=2)
    reader.poll()
    before = reader.view
    for number in range(1, 6):
        history.insert(number)

    reads = iter([False, True])

    def fail() -> None:
        if next(reads):
            raise ConnectionError

    with pytest.raises(ConnectionError):
        reader.poll(fail)
    assert reader.view is before
    history.delete(1)
    history.delete(2)
    reader.poll()
    assert_equals_brute_force(reader.view, history.rows)


def test_an_older_view_stays_as_it_was() -> None:
    history, reader = History(), None
    history.insert(0)
    history.insert(1)
    reader = Reader(history, page=9)
    reader.poll()
    older, rows = reader.view, dict(history.rows)
    history.delete(0)
    history.insert(0)
    history.insert(2)
    reader.poll()
    assert_equals_brute_force(older, rows)
    assert_equals_brute_force(reader.view, history.rows)


def test_two_views_go_on_from_one_without_disturbing_each_other() -> None:
    delta = Delta.empty(SPACE.dimension).changed([_added("a", 1)], [])
    left, right = delta.changed([_added("b", 2)], []), delta.changed([_added("c", 3)], ["a"])
    assert next(each for _, each in left.search(unit(2), 9)) == "b"
    assert {each for _, each in left.search(unit(2), 9)} == {"a", "b"}
    assert {each for _, each in right.search(unit(2), 9)} == {"c"}
    assert (left.row("c"), right.row("b"), right.row("a")) == (None, None, None)


def test_a_delta_grows_beyond_its_first_room() -> None:
    delta = Delta.empty(SPACE.dimension)
    for number in range(600):
        delta = delta.changed([_added(f"n{number}", number)], [])
    assert delta.live == 600
    assert delta.search(unit(599), 1)[0][1] == "n599"
    assert delta.search(unit(0), 1)[0][1] == "n0"


def test_cells_find_what_comparing_all_finds_where_all_are_looked_into() -> None:
    vectors = np.random.default_rng(1).standard_normal((25_000, SPACE.dimension))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    flat, cells = (View.of(large_base(vectors, kind)) for kind in IndexType)
    query = unit(3)
    for runs in (None, {"most"}, {"few"}, {"few", "most"}, {"none"}):
        wanted, found = flat.search(query, 40, runs), cells.search(query, 40, runs)
        assert [each.embedding_id for each in found] == [each.embedding_id for each in wanted]
        assert len(found) == (0 if runs == {"none"} else 40)
        assert not any(flat.base.positions([each.embedding_id])[0] % 3 == 0 for each in found)


def test_equal_scores_come_in_the_order_of_their_ids() -> None:
    same = [_added(name, 5) for name in ("c", "a", "b")]
    view = View.empty(SPACE)
    view = View(SPACE, None, view.buried, view.delta.changed(same, []), 1)
    assert [each.embedding_id for each in view.search(unit(5), 3)] == ["a", "b", "c"]


def test_an_empty_space_and_an_empty_generation_find_nothing() -> None:
    for view in (View.empty(SPACE), View.of(base_of([], 0, 7))):
        assert view.search(unit(1), 10) == []
        assert view.search(unit(1), 10, {"run 1"}) == []
        assert view.vector("e1") is None
        assert view.vector("") is None
        assert (view.count, view.tombstones) == (0, 0)


@pytest.mark.parametrize("name", ["", "\0", "e1\0", "é", "\ud800", "e" * 99])
def test_a_name_that_is_none_finds_nothing(name: str) -> None:
    history = History()
    history.insert(1)
    assert View.of(history.base()).vector(name) is None


def test_a_query_of_another_dimension_is_refused() -> None:
    with pytest.raises(ValueError, match="dimensions"):
        View.empty(SPACE).search(np.zeros(3, np.float32), 1)


def _added(name: str, seed: int) -> Added:
    return Added(name, "run 1", unit(seed))
