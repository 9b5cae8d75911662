"""What is written on screen is found beside what was said, and told from it."""

from __future__ import annotations

from typing import Any

from rushes.search.query.tree import Scope
from rushes.search.request import Evidence, Matched, SearchAnswer, SearchRequest
from rushes.search.service import SearchService
from tests.integration.indexed_films import IndexedFilms, on_screen, segment


def _search(films: IndexedFilms, text: str, **asked: Any) -> SearchAnswer:
    return SearchService(films.engine, None).search(SearchRequest(text, **asked))


def _evidence(answer: SearchAnswer) -> list[Evidence]:
    return [each for hit in answer.hits for each in hit.evidence]


def _written(films: IndexedFilms, *texts: str, language: str | None = None) -> str:
    """A film in which these lines stand on screen, two seconds each."""
    film = films.film()
    lines = [
        on_screen(text, 2000 * number, 2000 * number + 2000, language)
        for number, text in enumerate(texts)
    ]
    films.run(film, lines)
    return film


def test_a_line_on_screen_is_found_for_as_long_as_it_stands(films: IndexedFilms) -> None:
    film = _written(films, "nothing", "NO ENTRY & staff only")
    (hit,) = _search(films, "entry staff").hits
    (found,) = hit.evidence
    assert (hit.asset_id, found.source) == (film, "ocr")
    assert (hit.start_ms, hit.end_ms) == (found.start_ms, found.end_ms) == (2000, 4000)
    assert (found.segment_start_ms, found.segment_end_ms) == (2000, 4000)
    assert found.snippet == "NO <mark>ENTRY</mark> &amp; <mark>staff</mark> only"


def test_a_source_is_asked_alone_or_with_the_others(films: IndexedFilms) -> None:
    films.said("beware of the dog")
    _written(films, "dog school")
    found = {
        scope: {(each.source, each.text) for each in _evidence(_search(films, "dog", scope=scope))}
        for scope in (Scope.ALL, Scope.TRANSCRIPT, Scope.OCR, Scope.OBJECT)
    }
    assert found[Scope.TRANSCRIPT] == {("transcript", "beware of the dog")}
    assert found[Scope.OCR] == {("ocr", "dog school")}
    assert found[Scope.ALL] == found[Scope.TRANSCRIPT] | found[Scope.OCR]
    assert found[Scope.OBJECT] == set()


def test_words_may_be_said_and_written_in_one_scene(films: IndexedFilms) -> None:
    film = films.said("beware of the dog")
    films.run(film, [on_screen("NO ENTRY", 5000, 6000)])
    (hit,) = _search(films, "dog entry").hits
    assert {each.source for each in hit.evidence} == {"transcript", "ocr"}
    assert _search(films, "dog entry", scope=Scope.OCR).matched is Matched.ANY_WORD


def test_a_close_match_of_one_source_is_not_mixed_with_a_loose_one_of_another(
    films: IndexedFilms,
) -> None:
    said = films.said("a dog in the garden")
    _written(films, "dog")
    together = _search(films, "dog garden")
    assert (together.matched, [hit.asset_id for hit in together.hits]) == (Matched.WORDS, [said])
    alone = _search(films, "dog garden", scope=Scope.OCR)
    assert (alone.matched, [each.text for each in _evidence(alone)]) == (Matched.ANY_WORD, ["dog"])


def test_letters_within_what_is_written_are_found_as_words_are(films: IndexedFilms) -> None:
    _written(films, "XRE16B")
    films.said("superdogs")
    written = _search(films, "RE16")
    assert (written.matched, _evidence(written)[0].snippet) == (
        *(Matched.WORDS, "X<mark>RE16</mark>B"),
    )
    said = _search(films, "perdog")
    assert (said.matched, _evidence(said)[0].snippet) == (
        *(Matched.LETTERS, "su<mark>perdog</mark>s"),
    )


def test_a_line_is_read_in_its_language_and_as_it_stands_where_that_is_unknown(
    films: IndexedFilms,
) -> None:
    _written(films, "Die Häuser")
    unknown = [bool(_search(films, query).hits) for query in ("Haus", "häuser", "die")]
    _written(films, "Die Häuser", language="de")
    known = _search(films, "Haus")
    assert unknown == [False, True, True]
    assert (known.total, known.matched) == (1, Matched.WORDS)


def test_only_the_selected_run_of_each_type_answers(films: IndexedFilms) -> None:
    film = films.film(content_version=2)
    films.run(film, [on_screen("a dog of old content")], content_version=1)
    films.run(film, [on_screen("a dog of an older run")], content_version=2)
    films.run(film, [on_screen("a dog on a sign")], content_version=2)
    films.run(film, [segment("a dog that is named")], content_version=2)
    films.run(film, [on_screen("a dog that failed")], content_version=2, status="failed")
    for query in ("dog", "a do", "dog zebra"):
        found = {each.text for each in _evidence(_search(films, query))}
        assert found == {"a dog on a sign", "a dog that is named"}, query
    films.run(film, [], stage="ocr", content_version=2)
    assert {each.text for each in _evidence(_search(films, "dog"))} == {"a dog that is named"}


def test_a_word_that_one_language_leaves_out_is_found_in_all_of_them(films: IndexedFilms) -> None:
    said = films.said("he was amiable himself", "nobody else")
    written = _written(films, "AMIABLE HIMSELF")
    hits = {hit.asset_id: hit for hit in _search(films, "himself").hits}
    assert set(hits) == {said, written}
    assert hits[said].evidence[0].snippet == "he was amiable <mark>himself</mark>"
    assert (hits[said].start_ms, hits[said].end_ms) == (750, 1000)
