"""Jump across the library against plain Python: every moment once, and the same backwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from rushes.artifacts.selection import Selection
from rushes.errors import InvalidRequestError, NotFoundError
from rushes.navigation.direction import Direction
from rushes.navigation.found import Grouping
from rushes.navigation.kinds import Kind
from rushes.navigation.library_jump import NEAR_FILMS, FilmJump, jump_library
from rushes.navigation.wanted import Wanted
from tests.integration.navigation.drawn_films import (
    Film,
    Joined,
    Row,
    Run,
    Span,
    answering,
    drawn_runs,
    joined,
    write,
)
from tests.integration.navigation.test_film_walk import DOGS_IN_WORDS, FAST, SCENES

_CAPTURED = (None, datetime(2020, 1, 1, tzinfo=UTC), datetime(2021, 1, 1, 0, 0, 0, 7, tzinfo=UTC))
_MIXED = (SCENES, Wanted(Kind.OBJECT, label="dog"))
_Question = tuple[tuple[Wanted, ...], Selection | None, int | None]
_QUESTIONS: tuple[_Question, ...] = (
    (_MIXED, None, None),
    (_MIXED, FAST, None),
    (_MIXED, None, 2),
    (DOGS_IN_WORDS, None, None),
    (DOGS_IN_WORDS, None, 2),
    ((Wanted(Kind.OCR, text="-cats"),), None, None),
)


class _Library:
    """Films, a question about all of them, and what is to be found."""

    def __init__(self, engine: Engine, films: Sequence[Film], question: _Question) -> None:
        self.engine, self.films = engine, films
        self.wanted, self.selection, gap_ms = question
        self.group = None if gap_ms is None else Grouping(gap_ms)
        self.expected = sorted(
            (
                (film.captured is None, film.captured or _CAPTURED[1], film.asset_id, one)
                for film in films
                for one in self.of_film(film)
            ),
            key=lambda each: (*each[:3], each[3].place),
        )

    def of_film(self, film: Film) -> list[Joined]:
        gap_ms = None if self.group is None else self.group.gap_ms
        rows = answering(film, self.wanted, self.selection)
        if self.wanted[0].text == "-cats":
            rows = rows_without_cats(film)
        return joined(rows, self.wanted, gap_ms)

    def walk(
        self, way: Direction, limit: int, start: tuple[str, int | None] | None = None,
        cursor: str | None = None,
    ) -> Iterator[FilmJump]:  # fmt: skip
        has_more = True
        while has_more:
            page = jump_library(
                self.engine, self.wanted, way, limit=limit, cursor=cursor,
                start=None if cursor else start, selection=self.selection, group=self.group,
            )  # fmt: skip
            yield from page.results
            assert len(page.results) == limit or not page.has_more
            assert (page.cursor is not None) == page.has_more
            cursor, has_more = page.cursor, page.has_more


def rows_without_cats(film: Film) -> list[Row]:
    wanted = (Wanted(Kind.OCR),)
    return [row for row in answering(film, wanted, None) if "cats" not in row.value]


def _told(found: Sequence[FilmJump]) -> list[tuple[str, Joined]]:
    return [
        (
            each.jump.video_id,
            Joined(each.jump.start_ms, each.jump.end_ms, each.jump.artifact_ids, each.jump.kind),
        )
        for each in found
    ]


@st.composite
def _libraries(draw: st.DrawFn) -> tuple[list[Film], _Question]:
    question = draw(st.sampled_from(_QUESTIONS))
    kinds = [each.kind for each in question[0]]
    film = st.builds(Film, st.lists(drawn_runs(kinds), max_size=3), st.sampled_from(_CAPTURED))
    return draw(st.lists(film, min_size=1, max_size=4)), question


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(_libraries(), st.integers(1, 4), st.integers(0, 3), st.integers(0, 14))
def test_a_walk_of_all_films_meets_every_moment_once_in_both_directions(
    engine: Engine, drawn: tuple[list[Film], _Question], limit: int, film: int, from_ms: int
) -> None:
    films, question = drawn
    with engine.begin() as connection:
        connection.execute(text("delete from asset"))
    write(engine, films)
    library = _Library(engine, films, question)
    told = [(asset_id, one) for *_, asset_id, one in library.expected]
    onwards = list(library.walk(Direction.NEXT, limit))
    assert _told(onwards) == told
    back = list(library.walk(Direction.PREV, limit))
    assert _told(back) == told[::-1]
    if onwards:
        last = onwards[-1].jump.cursor
        assert list(library.walk(Direction.PREV, limit, cursor=last)) == back[1:]
    _from_a_film(library, told, films[film % len(films)], from_ms)


def _from_a_film(
    library: _Library, told: list[tuple[str, Joined]], film: Film, from_ms: int
) -> None:
    order = sorted(
        library.films, key=lambda each: (each.captured is None, each.captured or _CAPTURED[1],
                                         each.asset_id)
    )  # fmt: skip
    places = {each.asset_id: index for index, each in enumerate(order)}
    here = places[film.asset_id]
    after = [
        (asset_id, one)
        for asset_id, one in told
        if places[asset_id] > here or (places[asset_id] == here and one.start > from_ms)
    ]
    before = [
        (asset_id, one)
        for asset_id, one in told
        if places[asset_id] < here or (places[asset_id] == here and one.end < from_ms)
    ]
    start = (film.asset_id, from_ms)
    found = {way: jump_first(library, way, start) for way in Direction}
    assert found[Direction.NEXT] == after[:50]
    assert found[Direction.PREV] == before[::-1][:50]
    whole = [each for each in told if places[each[0]] >= here]
    assert jump_first(library, Direction.NEXT, (film.asset_id, None)) == whole[:50]


def jump_first(
    library: _Library, way: Direction, start: tuple[str, int | None]
) -> list[tuple[str, Joined]]:
    """One page of the most results."""
    page = jump_library(
        library.engine, library.wanted, way, limit=50, start=start, selection=library.selection,
        group=library.group,
    )  # fmt: skip
    return _told(page.results)


def _scene_film(engine: Engine, captured: datetime | None = None) -> Film:
    film = Film([Run(Kind.SCENE, [Span(0, 10), Span(10, 20)])], captured)
    write(engine, [film])
    return film


def test_an_appearance_that_goes_on_past_a_time_does_not_lie_before_it(engine: Engine) -> None:
    film = Film([Run(Kind.OBJECT, [Span(0, 10, "dog"), Span(12, 22, "dog"), Span(40, 50, "dog")])])
    write(engine, [film])
    dogs = [Wanted(Kind.OBJECT, label="dog")]

    def starts(way: Direction, from_ms: int) -> list[int]:
        start = (film.asset_id, from_ms)
        page = jump_library(engine, dogs, way, start=start, group=Grouping(2))
        return [each.jump.start_ms for each in page.results]

    assert {from_ms: starts(Direction.PREV, from_ms) for from_ms in (11, 22, 23, 51)} == {
        11: [], 22: [], 23: [0], 51: [40, 0],
    }  # fmt: skip
    assert {from_ms: starts(Direction.NEXT, from_ms) for from_ms in (0, 11, 40)} == {
        0: [40], 11: [40], 40: [],
    }  # fmt: skip


def test_words_of_many_films_and_of_few_are_walked_alike(engine: Engine) -> None:
    count, rare = 3 * NEAR_FILMS, {0, NEAR_FILMS + 5, 3 * NEAR_FILMS - 1}
    films = [
        Film(
            [
                Run(Kind.TRANSCRIPT, [Span(0, 9, "a zebra" if each in rare else "a dog barks")]),
                Run(Kind.OCR, [Span(5, 9, "a dog")]),
                Run(Kind.SCENE, [Span(0, 9)] if each % 20 == 0 else []),
            ],
            _CAPTURED[each % 3],
        )
        for each in range(count)
    ]
    write(engine, films)
    for wanted in (
        (Wanted(Kind.TRANSCRIPT, text="zebras"),),
        DOGS_IN_WORDS,
        (Wanted(Kind.TRANSCRIPT, text="zebras"), SCENES),
    ):
        library = _Library(engine, films, (wanted, None, None))
        told = [(asset_id, one) for *_, asset_id, one in library.expected]
        assert len(told) >= len(rare)
        for limit in (2, 50):
            assert _told([*library.walk(Direction.NEXT, limit)]) == told
            assert _told([*library.walk(Direction.PREV, limit)]) == told[::-1]
        middle = len(told) // 2
        start = (told[middle][0], None)
        first = next(index for index, each in enumerate(told) if each[0] == start[0])
        assert _told([*library.walk(Direction.NEXT, 5, start)]) == told[first:]


def test_a_result_tells_its_film_and_the_drive_to_attach(engine: Engine) -> None:
    film = _scene_film(engine, _CAPTURED[2])
    (first,) = jump_library(engine, [SCENES], Direction.NEXT, limit=1).results
    assert (first.path, first.library, first.library_status) == (
        *(f"{film.asset_id}.mp4", "films", "online"),
    )
    assert (first.volume_label, first.capture_time) == (None, film.captured)
    assert (first.jump.producer, first.jump.model_profile, first.jump.origin) == (
        *("test", "balanced", "analysed"),
    )
    with engine.begin() as connection:
        connection.execute(text("update libraries set status = 'offline', volume_label = 'Red'"))
    (first,) = jump_library(engine, [SCENES], Direction.NEXT, limit=1).results
    assert (first.library_status, first.volume_label) == ("offline", "Red")


def test_letters_are_looked_for_only_where_words_find_nothing_anywhere(engine: Engine) -> None:
    texts = ("a dog barks", "doghouses here")
    films = [Film([Run(Kind.TRANSCRIPT, [Span(0, 10, each)])]) for each in texts]
    write(engine, films)

    def found(query: str) -> list[str]:
        asked = [Wanted(Kind.TRANSCRIPT, text=query)]
        page = jump_library(engine, asked, Direction.NEXT)
        return [each.jump.video_id for each in page.results]

    assert found("dogs") == [films[0].asset_id]
    assert found("oghou") == [films[1].asset_id]
    assert found("unicorn") == []
    start = (films[1].asset_id, None)
    onwards = jump_library(engine, [Wanted(Kind.TRANSCRIPT, text="dogs")], Direction.NEXT,
                           start=start)  # fmt: skip
    assert onwards.results == ()


def test_only_films_of_the_library_that_is_asked_for_answer(engine: Engine) -> None:
    film = _scene_film(engine)
    asked = [SCENES, Wanted(Kind.OCR, text="sign")]
    found = jump_library(engine, asked, Direction.NEXT, library="films").results
    assert {each.jump.video_id for each in found} == {film.asset_id}
    with pytest.raises(NotFoundError) as refused:
        jump_library(engine, [SCENES], Direction.NEXT, library="nowhere")
    assert refused.value.code == "library_not_found"


def test_the_words_start_and_end_are_the_ends_of_the_order(engine: Engine) -> None:
    _scene_film(engine)
    found = {
        (way, word): len(jump_library(engine, [SCENES], way, cursor=word).results)
        for way in Direction
        for word in ("start", "end")
    }
    assert found == {
        (Direction.NEXT, "start"): 2, (Direction.NEXT, "end"): 0,
        (Direction.PREV, "start"): 0, (Direction.PREV, "end"): 2,
    }  # fmt: skip


def test_what_cannot_be_asked_is_refused(engine: Engine) -> None:
    film = _scene_film(engine)
    cursor = jump_library(engine, [SCENES], Direction.NEXT, limit=1).cursor
    assert cursor is not None
    refusals = {
        "page_out_of_bounds": [{"limit": 0}, {"limit": 51}],
        "invalid_request": [
            {"cursor": cursor, "start": (film.asset_id, 1)},
            {"start": (film.asset_id, -1)},
        ],
        "bad_cursor": [{"cursor": "Xgarbage"}, {"cursor": cursor[:-3]}],
        "video_not_found": [{"start": ("nowhere", None)}],
    }
    for code, several in refusals.items():
        for given_ in several:
            with pytest.raises((InvalidRequestError, NotFoundError)) as refused:
                jump_library(engine, [SCENES], Direction.NEXT, **given_)  # type: ignore[arg-type]
            assert refused.value.code == code
