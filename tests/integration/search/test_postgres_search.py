"""Search in Postgres over the films of a real database."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import insert

from rushes.artifacts.vocabulary import ModelProfile
from rushes.db.tables import libraries
from rushes.errors import InvalidRequestError
from rushes.search.fallback import MAX_HITS, PostgresSearch, SearchAnswer
from rushes.search.text_query import Strength
from tests.integration.indexed_films import IndexedFilms, segment

_ENGLISH = (
    "The dogs were walking in the garden.",
    "She said: to be or not to be.",
    "A file named 100%_done\\now is here.",
    "It cost 1000 euros and was done.",
)


def _search(films: IndexedFilms, text: str, **options: object) -> SearchAnswer:
    return PostgresSearch(films.engine).search(text, **options)  # type: ignore[arg-type]


def _texts(answer: SearchAnswer) -> list[str]:
    return [hit.text for hit in answer.hits]


def _marks(answer: SearchAnswer) -> set[str]:
    found = (re.findall("<mark>(.*?)</mark>", hit.snippet) for hit in answer.hits)
    return {mark.lower() for marks in found for mark in marks}


@pytest.mark.parametrize(
    ("query", "marks"),
    [
        ("dog", {"dogs"}),
        ("DOGS", {"dogs"}),
        ("walk", {"walking"}),
        ("walks gardens", {"walking", "garden"}),
        ('"walking in the garden"', {"walking", "garden"}),
        ("dog -cat", {"dogs"}),
        ("cat OR dog", {"dogs"}),
        ("dog -- walking", {"dogs", "walking"}),
    ],
)
def test_inflections_are_found_and_marked(films: IndexedFilms, query: str, marks: set[str]) -> None:
    films.said(*_ENGLISH)
    answer = _search(films, query)
    assert _texts(answer) == [_ENGLISH[0]]
    assert answer.matched is Strength.WORDS
    assert _marks(answer) >= marks


def test_the_moment_is_when_the_words_were_said(films: IndexedFilms) -> None:
    films.said("nothing here at all", _ENGLISH[0])
    (hit,) = _search(films, "walk garden").hits
    assert (hit.segment_start_ms, hit.segment_end_ms) == (1000, 2000)
    assert (hit.start_ms, hit.end_ms) == (1429, 2000)  # words 4 to 7 of 7


def test_a_query_of_stop_words_is_found_letter_by_letter(films: IndexedFilms) -> None:
    films.said(*_ENGLISH)
    answer = _search(films, "To be OR not to be")
    assert _texts(answer) == [_ENGLISH[1]]
    assert answer.matched is Strength.LETTERS
    assert _marks(answer) == {"to be or not to be"}
    (hit,) = answer.hits
    assert (hit.start_ms, hit.end_ms) == (1250, 2000)  # words 3 to 8 of 8


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("0%_done\\n", [_ENGLISH[2]]),
        ("0%_d", [_ENGLISH[2]]),
        ("e\\n", [_ENGLISH[2]]),
        ("%_", [_ENGLISH[2]]),
        ("_", [_ENGLISH[2]]),
        ("\\", [_ENGLISH[2]]),
        ("%%", []),
        ("\\\\", []),
        ("o_s", []),
        ("10%done", []),
    ],
)
def test_wildcards_are_letters_like_others(
    films: IndexedFilms, query: str, found: list[str]
) -> None:
    films.said(*_ENGLISH)
    answer = PostgresSearch(films.engine).search(query)
    assert [text for text in _texts(answer) if answer.matched is Strength.LETTERS] == found


def test_where_no_sentence_has_all_words_those_with_any_are_found(films: IndexedFilms) -> None:
    films.said(*_ENGLISH)
    answer = _search(films, "zebras walking over euros")
    assert answer.matched is Strength.ANY_WORD
    assert set(_texts(answer)) == {_ENGLISH[0], _ENGLISH[3]}
    assert _marks(answer) == {"walking", "euros"}


def test_a_word_to_be_left_out_does_not_let_everything_in(films: IndexedFilms) -> None:
    films.said(*_ENGLISH)
    assert _texts(_search(films, "zebra -unicorn")) == []


def test_each_film_is_asked_in_its_own_language(films: IndexedFilms) -> None:
    films.said("Die Hunde liefen durch den Garten.", language="de")
    films.said("The dogs ran.", language="en")
    films.said("dogs unknown tongue", language="und")
    assert _texts(_search(films, "Hund")) == ["Die Hunde liefen durch den Garten."]
    assert _texts(_search(films, "dog")) == ["The dogs ran."]
    assert set(_texts(_search(films, "dogs"))) == {"The dogs ran.", "dogs unknown tongue"}


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("שלום לכולם", "שלום"),
        ("it was 🎬 time", "🎬"),
        ("日本語の映画を見た", "映画"),
        ("l'été à la mer", "été"),
        ("rock'n'roll never dies", "rock'n'roll"),
        ("it's a long way", "it's"),
        ("write to ann@example.com today", "ann@example.com"),
        ("see example.com/a?b=1&c=2 there", "example.com/a?b=1&c=2"),
    ],
)
def test_any_script_and_sign_is_found_as_it_was_said(
    films: IndexedFilms, text: str, query: str
) -> None:
    films.said("something else", text)
    answer = _search(films, query)
    assert text in _texts(answer)
    assert _marks(answer)


def test_a_snippet_is_escaped(films: IndexedFilms) -> None:
    films.said("<script>alert('dog')</script> & more")
    for query in ("dog", "<script>", "& more"):
        answer = _search(films, query)
        (hit,) = answer.hits
        assert set(re.findall("<[^>]*>", hit.snippet)) == {"<mark>", "</mark>"}
        assert "&lt;" in hit.snippet
        assert "&amp; " in hit.snippet.replace("<mark>", "").replace("</mark>", "")


def test_a_library_keeps_its_films_to_itself(films: IndexedFilms) -> None:
    here = films.said("a dog", library="here")
    films.said("a dog", library="there")
    assert [hit.asset_id for hit in _search(films, "dog", library="here").hits] == [here]
    assert [hit.asset_id for hit in _search(films, "dog", asset_id=here).hits] == [here]
    assert _search(films, "dog", library="nowhere").hits == []
    with films.engine.begin() as connection:
        connection.execute(insert(libraries).values(slug="empty", root="/empty"))
    assert _search(films, "dog", library="empty").hits == []


@pytest.mark.parametrize("query", ["dog", "a do", "dog zebra"])
def test_only_the_selected_run_of_the_current_content_answers(
    films: IndexedFilms, query: str
) -> None:
    film = films.film(content_version=2)
    films.run(film, [segment("a dog of old content")], content_version=1)
    films.run(film, [segment("a dog of an older run")], content_version=2)
    films.run(
        film,
        [segment("a dog that answers")],
        content_version=2,
        profile=ModelProfile.FAST,
    )
    films.run(film, [segment("a dog that runs")], content_version=2, status="running")
    films.run(film, [segment("a dog that failed")], content_version=2, status="failed")
    assert _texts(_search(films, query)) == ["a dog that answers"]
    films.run(film, [], stage="transcript", content_version=2)
    assert _texts(_search(films, query)) == []


@pytest.mark.parametrize("by_time", [False, True])
@pytest.mark.parametrize("query", ["dog", "dog,", "dog zebra"])
def test_pages_follow_one_another_without_gap_or_overlap(
    films: IndexedFilms, query: str, by_time: bool
) -> None:
    film = films.said(*(f"the dog, number {number}" for number in range(23)))
    films.said(*(["the dog, the dog"] * 7))
    whole = _search(films, query, limit=MAX_HITS, by_time=by_time)
    assert len(whole.hits) == 30
    pages = [
        _search(films, query, limit=7, offset=offset, by_time=by_time) for offset in range(0, 36, 7)
    ]
    paged = [hit.artifact_id for page in pages for hit in page.hits]
    assert paged == [hit.artifact_id for hit in whole.hits]
    assert len(set(paged)) == 30
    assert pages[-1].hits == []
    assert {page.matched for page in pages} == {whole.matched}
    if by_time:
        found = _search(films, query, asset_id=film, by_time=True, limit=MAX_HITS)
        times = [hit.start_ms for hit in found.hits]
        assert times == sorted(times)


def test_what_says_it_more_often_comes_first(films: IndexedFilms) -> None:
    films.said("one dog", "dog after dog after dog")
    assert _texts(_search(films, "dog"))[0] == "dog after dog after dog"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty_query"),
        (" \t\n ", "empty_query"),
        ("\0\0", "empty_query"),
        ("\ud800", "empty_query"),
        ("x" * 2001, "query_too_long"),
    ],
)
def test_a_query_that_cannot_be_asked_is_the_callers_fault(
    films: IndexedFilms, text: str, code: str
) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        _search(films, text)
    assert refused.value.code == code


@pytest.mark.parametrize(("limit", "offset"), [(0, 0), (MAX_HITS + 1, 0), (1, -1), (1, 2**40)])
def test_a_page_out_of_bounds_is_refused(films: IndexedFilms, limit: int, offset: int) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        _search(films, "dog", limit=limit, offset=offset)
    assert refused.value.code == "page_out_of_bounds"
