"""Jump in a film against plain Python: strict, the same each time, and each thing once a walk."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from rushes.artifacts.selection import Selection, SelectionMode
from rushes.artifacts.vocabulary import ModelProfile
from rushes.errors import NotFoundError
from rushes.navigation.direction import Direction
from rushes.navigation.found import Grouping, Jump
from rushes.navigation.jump import appearances, jump
from rushes.navigation.kinds import Kind
from rushes.navigation.wanted import Wanted
from tests.integration.navigation.drawn_films import (
    Film,
    Joined,
    Run,
    answering,
    drawn_runs,
    joined,
    write,
)

_EACH_FILM_IS_ITS_OWN = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
SCENES, DOGS, SAID = Wanted(Kind.SCENE), Wanted(Kind.OBJECT, label="dog"), Wanted(Kind.TRANSCRIPT)
SURE_DOGS = Wanted(Kind.OBJECT, label="dog", min_confidence=0.5)
DOGS_IN_WORDS = (Wanted(Kind.TRANSCRIPT, text="dogs"), Wanted(Kind.OCR, text="dogs"))
SURE_WORDS = Wanted(Kind.OCR, text="dogs", min_confidence=0.5)
FAST = Selection(SelectionMode.PROFILE, ModelProfile.FAST)

Question = tuple[tuple[Wanted, ...], Selection | None, bool]
QUESTIONS: tuple[Question, ...] = (
    ((SCENES,), None, False),
    ((SCENES,), FAST, True),
    ((DOGS,), None, False),
    ((DOGS,), None, True),
    ((SURE_DOGS,), FAST, True),
    ((Wanted(Kind.OBJECT),), None, True),
    ((SAID,), Selection(SelectionMode.LATEST), True),
    (DOGS_IN_WORDS, None, False),
    (DOGS_IN_WORDS, None, True),
    ((SURE_WORDS, SCENES), FAST, False),
    ((SCENES, Wanted(Kind.OBJECT), SAID), None, True),
)
"""What is wanted, by which runs, and whether appearances: few, for each is a statement to make."""


def _key(found: Jump) -> Joined:
    return Joined(found.start_ms, found.end_ms, found.artifact_ids, found.kind)


class _Asked:
    """One question about one film."""

    def __init__(
        self, engine: Engine, film: Film, wanted: Sequence[Wanted], selection: Selection | None,
        gap_ms: int | None,
    ) -> None:  # fmt: skip
        self.engine, self.film, self.wanted, self.selection = engine, film, wanted, selection
        self.group = None if gap_ms is None else Grouping(gap_ms)
        self.expected = joined(answering(film, wanted, selection), wanted, gap_ms)

    def go(
        self, way: Direction, from_ms: int | None = None, cursor: str | None = None
    ) -> Jump | None:
        try:
            return jump(
                self.engine, self.film.asset_id, self.wanted, way, from_ms=from_ms, cursor=cursor,
                selection=self.selection, group=self.group,
            )  # fmt: skip
        except NotFoundError as error:
            if error.code != "no_match":
                raise
            return None

    def walk(self, way: Direction, cursor: str) -> list[Jump]:
        found: list[Jump] = []
        while step := self.go(way, cursor=found[-1].cursor if found else cursor):
            found.append(step)
            assert len(found) <= len(self.expected)
        return found


@st.composite
def _asked_runs(draw: st.DrawFn) -> tuple[list[Run], Question, int]:
    """Runs mostly of what is asked for, the question, and the gap in ms."""
    question = draw(st.sampled_from(QUESTIONS))
    runs = draw(st.lists(drawn_runs([each.kind for each in question[0]]), max_size=5))
    return runs, question, draw(st.sampled_from([0, 1, 3]))


def _asked(engine: Engine, drawn: tuple[list[Run], Question, int]) -> _Asked:
    runs, (wanted, selection, is_grouped), gap_ms = drawn
    film = Film(runs)
    write(engine, [film])
    return _Asked(engine, film, wanted, selection, gap_ms if is_grouped else None)


@_EACH_FILM_IS_ITS_OWN
@given(_asked_runs(), st.one_of(st.none(), st.integers(0, 20)))
def test_jump_is_strict_and_a_walk_meets_everything_once_in_both_directions(
    engine: Engine, drawn: tuple[list[Run], Question, int], from_ms: int | None
) -> None:
    asked = _asked(engine, drawn)
    onwards = asked.walk(Direction.NEXT, "start")
    assert [_key(each) for each in onwards] == asked.expected
    back = asked.walk(Direction.PREV, "end")
    assert [_key(each) for each in back] == asked.expected[::-1]
    if onwards:
        assert asked.walk(Direction.PREV, onwards[-1].cursor) == back[1:]
        assert asked.go(Direction.NEXT, cursor=onwards[-1].cursor) is None
    _is_strict(asked, from_ms)


def _is_strict(asked: _Asked, from_ms: int | None) -> None:
    after = [each for each in asked.expected if from_ms is None or each.start > from_ms]
    before = [each for each in asked.expected if from_ms is None or each.end < from_ms]
    following, previous = (asked.go(way, from_ms) for way in Direction)
    assert (following and _key(following)) == (after[0] if after else None)
    latest = max(before, key=lambda each: (each.end, each.place), default=None)
    assert (previous and _key(previous)) == latest


@settings(_EACH_FILM_IS_ITS_OWN, max_examples=30)
@given(_asked_runs(), st.integers(1, 3))
def test_all_appearances_come_in_pages_in_order(
    engine: Engine, drawn: tuple[list[Run], Question, int], limit: int
) -> None:
    runs, (wanted, selection, _), gap_ms = drawn
    asked = _asked(engine, (runs, (wanted, selection, True), gap_ms))
    found: list[Jump] = []
    cursor, has_more = None, True
    while has_more:
        page = appearances(
            engine, asked.film.asset_id, asked.wanted, group=asked.group,
            selection=asked.selection, cursor=cursor, limit=limit,
        )  # fmt: skip
        found += page.appearances
        cursor, has_more = page.cursor, page.has_more
        assert len(page.appearances) == limit or not has_more
    assert [_key(each) for each in found] == asked.expected
