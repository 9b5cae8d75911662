"""Which scenes a person's words find, and the moment and the marks in them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest
from sqlalchemy import insert, update

from rushes.artifacts.vocabulary import ModelProfile
from rushes.db.tables import asset, libraries
from rushes.errors import InvalidRequestError, NotFoundError
from rushes.search.request import (
    MAX_DEPTH,
    MAX_LIMIT,
    Filters,
    Matched,
    SearchAnswer,
    SearchRequest,
    Sort,
)
from rushes.search.requirements import asking_for_something
from rushes.search.service import SearchService
from tests.integration.indexed_films import IndexedFilms, segment

_ENGLISH = (
    "The dogs were walking in the garden.",
    "She said: to be or not to be.",
    "A file named 100%_done\\now is here.",
    "It cost 1000 euros and was done.",
)


def _search(films: IndexedFilms, text: str, **asked: Any) -> SearchAnswer:
    return SearchService(films.engine, None).search(SearchRequest(text, **asked))


def _texts(answer: SearchAnswer) -> list[str]:
    return [hit.evidence[0].text for hit in answer.hits]


def _date(films: IndexedFilms, years: dict[str, int]) -> None:
    with films.engine.begin() as connection:
        for film, year in years.items():
            dated = update(asset).values(capture_time=datetime(year, 5, 1, tzinfo=UTC))
            connection.execute(dated.where(asset.c.asset_id == film))


def _marks(answer: SearchAnswer) -> set[str]:
    """The words that are marked in the best evidence of any hit."""
    found = (re.findall("<mark>(.*?)</mark>", hit.evidence[0].snippet) for hit in answer.hits)
    return {word.lower() for marks in found for mark in marks for word in mark.split()}


def test_inflections_are_found_and_marked(films: IndexedFilms) -> None:
    films.said(*_ENGLISH, in_scenes=True)
    for query, marks in {
        "dog": {"dogs"},
        "DOGS": {"dogs"},
        "walk": {"walking"},
        "walks gardens": {"walking", "garden"},
        '"walking in the garden"': {"walking", "in", "the", "garden"},
        "dog -cat": {"dogs"},
        "cat OR dog": {"dogs"},
        "dog -- walking": {"dogs", "walking"},
    }.items():
        answer = _search(films, query)
        assert (_texts(answer), answer.matched) == ([_ENGLISH[0]], Matched.WORDS), query
        assert _marks(answer) == marks, query


def test_all_words_are_in_one_scene_but_not_in_one_sentence(films: IndexedFilms) -> None:
    apart = films.said("a dog", "in the garden", in_scenes=True)
    together = films.said("a dog", "in the garden")
    assert [hit.asset_id for hit in _search(films, "dog garden").hits] == [together]
    (hit,) = _search(films, "dog -garden").hits
    assert (hit.asset_id, hit.scene_index, hit.scene_start_ms) == (apart, 0, 0)


def test_the_moment_is_when_the_words_were_said(films: IndexedFilms) -> None:
    films.said("nothing here at all", _ENGLISH[0], in_scenes=True)
    (hit,) = _search(films, "walk garden").hits
    (evidence,) = hit.evidence
    assert (hit.scene_start_ms, hit.scene_end_ms) == (1000, 2000)
    assert (evidence.segment_start_ms, evidence.segment_end_ms) == (1000, 2000)
    assert (hit.start_ms, hit.end_ms) == (1429, 2000)  # words 4 to 7 of 7
    assert (evidence.start_ms, evidence.end_ms) == (1429, 2000)


def test_a_query_of_stop_words_finds_those_words(films: IndexedFilms) -> None:
    films.said(*_ENGLISH, in_scenes=True)
    answer = _search(films, '"to be or not to be"')
    assert _texts(answer) == [_ENGLISH[1]]
    assert _marks(answer) == {"to", "be", "or", "not"}
    (hit,) = answer.hits
    assert (hit.start_ms, hit.end_ms) == (1250, 2000)  # words 3 to 8 of 8
    assert _texts(_search(films, "To be OR not to be")) == [_ENGLISH[1]]


def test_signs_are_neither_wildcards_nor_patterns(films: IndexedFilms) -> None:
    films.said(*_ENGLISH, in_scenes=True)
    for query in ("d%s", "d_s", "g.*n", "[a-z]s", "d\\w+s", "(?i)g|n"):
        assert _search(films, query).hits == [], query


def test_signs_between_words_matter_no_more_than_blanks(films: IndexedFilms) -> None:
    films.said(*_ENGLISH[:3], in_scenes=True)
    for query in ("100%_done", "100 DONE", "00%_don", 'named "100%_done\\now"'):
        assert _texts(_search(films, query)) == [_ENGLISH[2]], query


def test_where_no_scene_has_all_words_those_with_any_are_found(films: IndexedFilms) -> None:
    films.said(*_ENGLISH, in_scenes=True)
    answer = _search(films, "zebras walking over euros")
    assert answer.matched is Matched.ANY_WORD
    assert set(_texts(answer)) == {_ENGLISH[0], _ENGLISH[3]}
    assert _marks(answer) == {"walking", "euros"}
    assert _search(films, "zebras walking over euros", loosen=False).hits == []


def test_a_word_to_be_left_out_does_not_let_everything_in(films: IndexedFilms) -> None:
    films.said(*_ENGLISH, in_scenes=True)
    assert _search(films, "zebra -unicorn").hits == []


def test_each_film_is_asked_in_its_own_language(films: IndexedFilms) -> None:
    films.said("Die Hunde liefen durch den Garten.", language="de")
    films.said("The dogs ran.", language="en")
    films.said("dogs unknown tongue", language="und")
    assert _texts(_search(films, "Hund")) == ["Die Hunde liefen durch den Garten."]
    assert _texts(_search(films, "dog")) == ["The dogs ran."]
    assert set(_texts(_search(films, "dogs"))) == {"The dogs ran.", "dogs unknown tongue"}


def test_any_script_and_sign_is_found_as_it_was_said(films: IndexedFilms) -> None:
    said = {
        "שלום": "שלום לכולם",
        "🎬 hour": "it was 🎬 hour",
        "映画": "日本語の映画を見た",
        "été": "l'été à la mer",
        "rock'n'roll": "rock'n'roll never dies",
        "it's": "it's a long way",
        "ann@example.com": "write to ann@example.com today",
        "example.com/a?b=1&c=2": "see example.com/a?b=1&c=2 there",
    }
    films.said("something else", *said.values(), in_scenes=True)
    for query, text in said.items():
        answer = _search(films, query)
        assert _texts(answer) == [text], query
        assert _marks(answer), query


def test_a_snippet_is_escaped(films: IndexedFilms) -> None:
    films.said("<script>alert('dog')</script> & more")
    for query in ("dog", "<script>", "& more"):
        (hit,) = _search(films, query).hits
        snippet = hit.evidence[0].snippet
        assert set(re.findall("<[^>]*>", snippet)) == {"<mark>", "</mark>"}
        assert "&lt;" in snippet
        assert "&amp; " in snippet.replace("<mark>", "").replace("</mark>", "")


def test_a_library_keeps_its_films_to_itself(films: IndexedFilms) -> None:
    here = films.said("a dog", library="here")
    films.said("a dog", library="there")
    with films.engine.begin() as connection:
        connection.execute(insert(libraries).values(slug="empty", root="/empty"))
    for filters in (Filters(libraries=("here",)), Filters(asset_ids=(here,))):
        for text in ("dog", "dog OR cat", "NOT cat", 'dog" OR library:there'):
            hits = _search(films, text, filters=filters).hits
            assert {hit.asset_id for hit in hits} <= {here}, text
        assert len(_search(films, "dog", filters=filters).hits) == 1
    assert _search(films, "dog", filters=Filters(libraries=("empty",))).hits == []
    for unknown in (Filters(libraries=("nowhere",)), Filters(asset_ids=("nothing",))):
        with pytest.raises(NotFoundError):
            _search(films, "dog", filters=unknown)


def test_only_the_selected_run_of_the_current_content_answers(films: IndexedFilms) -> None:
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
    queries = ("dog", "a do", "dog zebra")
    assert [_texts(_search(films, each)) for each in queries] == [["a dog that answers"]] * 3
    films.run(film, [], stage="transcript", content_version=2)
    assert [_texts(_search(films, each)) for each in queries] == [[]] * 3


def test_pages_follow_one_another_without_gap_or_overlap(films: IndexedFilms) -> None:
    later = films.said(*(f"the dog, number {number}" for number in range(9)), in_scenes=True)
    earlier = films.said(*(["the dog, the dog"] * 4), in_scenes=True)
    _date(films, {later: 1999, earlier: 1984})
    for query, sort in product(("dog", "dog,", "dog zebra", ""), Sort):
        whole = _search(films, query, limit=MAX_LIMIT, sort=sort)
        assert (len(whole.hits), whole.total, whole.is_approximate) == (13, 13, False)
        pages = [_search(films, query, limit=4, offset=at, sort=sort) for at in range(0, 20, 4)]
        paged = [hit.doc_id for page in pages for hit in page.hits]
        assert paged == [hit.doc_id for hit in whole.hits]
        assert len(set(paged)) == 13
        assert pages[-1].hits == []
        assert {(page.matched, page.total) for page in pages} == {(whole.matched, 13)}
        if sort is not Sort.RELEVANCE:
            places = [(hit.capture_time, hit.scene_start_ms) for hit in whole.hits]
            assert places == sorted(places, reverse=sort is Sort.NEWEST)


def test_what_says_it_more_often_comes_first(films: IndexedFilms) -> None:
    films.said("one dog", "dog after dog after dog", in_scenes=True)
    assert _texts(_search(films, "dog"))[0] == "dog after dog after dog"


@pytest.mark.parametrize("text", ["", " \t\n ", "\0\0", "\ud800"])
def test_a_request_without_text_and_filter_asks_for_nothing(text: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        asking_for_something(SearchRequest(text))
    assert refused.value.code == "empty_query"
    filtered = SearchRequest(text, filters=Filters(has_speech=True))
    assert asking_for_something(filtered) is filtered


def _refusal(films: IndexedFilms, text: str, **asked: Any) -> str:
    with pytest.raises(InvalidRequestError) as refused:
        _search(films, text, **asked)
    return refused.value.code


def test_a_query_that_cannot_be_asked_is_the_callers_fault(films: IndexedFilms) -> None:
    assert _refusal(films, "x" * 2001) == "query_too_long"
    assert _refusal(films, "a " * 101) == "query_too_complex"
    for signs in ("- %", "%_", "_", "\\", "🎬", "...", '""'):
        assert _refusal(films, signs) == "empty_query", signs


def test_a_page_out_of_bounds_is_refused(films: IndexedFilms) -> None:
    pages = [(0, 0), (MAX_LIMIT + 1, 0), (1, -1), (1, MAX_DEPTH), (1, 2**70)]
    for limit, offset in pages:
        assert _refusal(films, "dog", limit=limit, offset=offset) == "page_out_of_bounds"
    assert _search(films, "dog", limit=1, offset=MAX_DEPTH - 1).hits == []
