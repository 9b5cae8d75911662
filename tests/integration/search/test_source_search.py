"""What is written on screen is found beside what was said, and told from it."""

from __future__ import annotations

import pytest

from rushes.search.fallback import MAX_HITS, Hit, PostgresSearch
from rushes.search.sources import Source
from rushes.search.text_query import Strength
from tests.integration.indexed_films import IndexedFilms, on_screen, segment


def _hits(films: IndexedFilms, text: str, **options: object) -> list[Hit]:
    return PostgresSearch(films.engine).search(text, **options).hits  # type: ignore[arg-type]


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
    (hit,) = _hits(films, "entry staff")
    assert (hit.asset_id, hit.source, hit.kind) == (film, Source.OCR, "ocr")
    assert (hit.start_ms, hit.end_ms) == (hit.segment_start_ms, hit.segment_end_ms) == (2000, 4000)
    assert hit.snippet == "NO <mark>ENTRY</mark> &amp; <mark>staff</mark> only"


def test_a_source_is_asked_alone_or_with_the_others(films: IndexedFilms) -> None:
    films.said("beware of the dog")
    _written(films, "dog school")
    found = {
        source: {(hit.source, hit.text) for hit in _hits(films, "dog", source=source)}
        for source in (None, *Source)
    }
    assert found[Source.TRANSCRIPT] == {(Source.TRANSCRIPT, "beware of the dog")}
    assert found[Source.OCR] == {(Source.OCR, "dog school")}
    assert found[None] == found[Source.TRANSCRIPT] | found[Source.OCR]


def test_a_close_match_of_one_source_is_not_mixed_with_a_loose_one_of_another(
    films: IndexedFilms,
) -> None:
    films.said("a dog in the garden")
    _written(films, "dog", "superdogs")
    search = PostgresSearch(films.engine)
    together = search.search("dog garden")
    assert (together.matched, [hit.source for hit in together.hits]) == (
        Strength.WORDS,
        [Source.TRANSCRIPT],
    )
    alone = search.search("dog garden", source=Source.OCR)
    assert (alone.matched, [hit.text for hit in alone.hits]) == (Strength.ANY_WORD, ["dog"])
    letters = search.search("perdog")
    assert (letters.matched, [hit.text for hit in letters.hits]) == (
        Strength.LETTERS,
        ["superdogs"],
    )


@pytest.mark.parametrize(
    ("language", "query", "is_found"),
    [("de", "Hund", True), (None, "Hund", False), (None, "hunde", True), ("und", "die", True)],
)
def test_a_line_is_read_in_its_language_and_as_it_stands_where_that_is_unknown(
    films: IndexedFilms, language: str | None, query: str, is_found: bool
) -> None:
    _written(films, "Die Hunde", language=language)
    answer = PostgresSearch(films.engine).search(query)
    assert (answer.matched is Strength.WORDS and bool(answer.hits)) == is_found


@pytest.mark.parametrize("query", ["dog", "a do", "dog zebra"])
def test_only_the_selected_run_of_each_type_answers(films: IndexedFilms, query: str) -> None:
    film = films.film(content_version=2)
    films.run(film, [on_screen("a dog of old content")], content_version=1)
    films.run(film, [on_screen("a dog of an older run")], content_version=2)
    films.run(film, [on_screen("a dog on a sign")], content_version=2)
    films.run(film, [segment("a dog that is named")], content_version=2)
    films.run(film, [on_screen("a dog that failed")], content_version=2, status="failed")
    assert {hit.text for hit in _hits(films, query)} == {"a dog on a sign", "a dog that is named"}
    films.run(film, [], stage="ocr", content_version=2)
    assert {hit.text for hit in _hits(films, query)} == {"a dog that is named"}


@pytest.mark.parametrize("by_time", [False, True])
def test_pages_of_both_sources_follow_one_another_in_one_order(
    films: IndexedFilms, by_time: bool
) -> None:
    film = films.film()
    films.run(film, [segment(f"dog {n}", 1000 * n, 1000 * n + 900) for n in range(9)])
    films.run(film, [on_screen("dog " * (n % 3 + 1), 700 * n, 700 * n + 900) for n in range(9)])
    whole = _hits(films, "dog", limit=MAX_HITS, by_time=by_time)
    pages = [_hits(films, "dog", limit=4, offset=at, by_time=by_time) for at in range(0, 24, 4)]
    assert [hit.artifact_id for page in pages for hit in page] == [h.artifact_id for h in whole]
    assert len({hit.artifact_id for hit in whole}) == 18
    if by_time:
        order = [(hit.segment_start_ms, hit.artifact_id) for hit in whole]
    else:
        order = [
            (-hit.score, hit.source is Source.OCR, hit.segment_start_ms, hit.artifact_id)
            for hit in whole
        ]
    assert order == sorted(order)


def test_a_word_that_one_language_leaves_out_is_found_in_all_of_them(films: IndexedFilms) -> None:
    said = films.said("he was amiable himself", "nobody else")
    written = _written(films, "AMIABLE HIMSELF")
    hits = {hit.asset_id: hit for hit in _hits(films, "himself")}
    assert set(hits) == {said, written}
    assert hits[said].snippet == "he was amiable <mark>himself</mark>"
    assert (hits[said].start_ms, hits[said].end_ms) == (750, 1000)
