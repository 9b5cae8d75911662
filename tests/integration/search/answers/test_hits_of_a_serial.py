"""Whatever an index holds, only what was live at the serial of the question is shown."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine

from rushes.search.request import SearchAnswer, SearchRequest, SearchSource
from rushes.search.service import SearchService
from tests.integration.indexed_films import IndexedFilms, indexed_films
from tests.integration.search.answers.fake_engine import (
    FakeEngine,
    answering,
    hit,
    keep_revs,
    use_index,
)

SERIAL = 10


@pytest.fixture
def films(engine: Engine):
    with indexed_films(engine) as films:
        yield films


def _rev(rev: int, asset_id: str, live: tuple[int | None, int | None]) -> dict[str, Any]:
    state = "pending" if live[0] is None else "live" if live[1] is None else "retired"
    values = {"rev": rev, "asset_id": asset_id, "state": state}
    return {**values, "live_from": live[0], "live_to": live[1]}


def _ask(films: IndexedFilms, engine: FakeEngine, text: str = "dog") -> SearchAnswer:
    answer = SearchService(films.engine, engine.client).search(SearchRequest(text=text))
    assert answer.search_source is SearchSource.QUICKWIT
    return answer


def test_a_hit_is_shown_if_its_rev_was_live_then(films: IndexedFilms) -> None:
    lives: list[tuple[tuple[int | None, int | None], bool]] = [
        ((SERIAL, None), True),
        ((1, SERIAL + 1), True),
        ((1, SERIAL), False),
        ((SERIAL + 1, None), False),
        ((None, None), False),
    ]
    made = [films.said("a dog") for _ in lives]
    use_index(films.engine)
    revs = [
        _rev(number, film, live)
        for number, (film, (live, _)) in enumerate(zip(made, lives, strict=True))
    ]
    keep_revs(films.engine, SERIAL, *revs)
    answer = _ask(films, answering(*(hit(film, rev) for rev, film in enumerate(made))))
    shown = {each.asset_id for each in answer.hits}
    assert [film in shown for film in made] == [is_shown for _, is_shown in lives]


def test_neither_a_rev_of_another_film_nor_an_unknown_one_is_shown(films: IndexedFilms) -> None:
    film, other = films.said("a dog"), films.said("a dog")
    use_index(films.engine)
    keep_revs(films.engine, SERIAL, _rev(5, other, (1, None)))
    assert _ask(films, answering(hit(film, 5), hit(film, 6), hit("gone", 5))).hits == []


def test_what_is_not_live_is_left_out_of_the_question_itself(films: IndexedFilms) -> None:
    film = films.said("a dog")
    use_index(films.engine)
    keep_revs(
        films.engine,
        SERIAL,
        _rev(5, film, (1, 9)),
        _rev(6, film, (9, None)),
        _rev(7, film, (None, None)),
    )
    engine = answering(hit(film, 6))
    service = SearchService(films.engine, engine.client)
    service.search(SearchRequest(text="dog"))
    (asked,) = engine.asked
    assert asked["query_end"] == b" -rev:IN [5 7]"
    assert "rev:[1 TO 7]" in asked["query"]
    assert "generation" not in asked["query"], "the one index answers for all there is"
    assert asked["search_fields"]


def test_what_is_left_out_follows_the_serial(films: IndexedFilms) -> None:
    film = films.said("a dog")
    use_index(films.engine)
    keep_revs(films.engine, SERIAL, _rev(5, film, (1, 9)))
    engine = answering()
    service = SearchService(films.engine, engine.client)
    service.search(SearchRequest(text="dog", loosen=False))
    keep_revs(films.engine, SERIAL + 1, _rev(8, film, (None, None)))
    service.search(SearchRequest(text="dog", loosen=False))
    ends = [each["query_end"] for each in engine.asked]
    assert ends == [b" -rev:IN [5]", b" -rev:IN [5 8]"]


def test_a_hit_without_anything_to_show_for_it_is_shown_all_the_same(films: IndexedFilms) -> None:
    film = films.said("nothing of that kind")
    use_index(films.engine)
    keep_revs(films.engine, SERIAL, _rev(5, film, (1, None)))
    (found,) = _ask(films, answering(hit(film, 5)), "dogs").hits
    assert (found.start_ms, found.end_ms, found.evidence) == (0, 1000, ())
