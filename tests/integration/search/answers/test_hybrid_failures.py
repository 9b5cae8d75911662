"""Where nothing can be found by meaning the words answer, and everybody is told."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine

from rushes.errors import InvalidRequestError
from rushes.search.request import Missing, Mode, SearchAnswer, SearchRequest, SearchSource
from rushes.search.service import SearchService
from rushes.vectors.errors import VectorsUnavailableError
from tests.integration.indexed_films import IndexedFilms, indexed_films
from tests.integration.search.answers.meaning_making import (
    TEXT,
    LiveIndexes,
    Meaning,
    ToyVectors,
    error_records,
    spoken_film,
)


@pytest.fixture
def films(engine: Engine):
    with indexed_films(engine) as films:
        yield films


def _texts(answer: SearchAnswer) -> list[str]:
    return [hit.evidence[0].text for hit in answer.hits]


_FAILURES: tuple[tuple[dict[str, Any], str], ...] = (
    ({"error": VectorsUnavailableError("no FAISS")}, "vectors_unavailable"),
    ({"error": VectorsUnavailableError("later", code="vectors_loading")}, "vectors_loading"),
    ({"error": RuntimeError("Error in faiss::Index hound")}, "internal"),
)


@pytest.mark.parametrize("fails", ["model", "index"])
@pytest.mark.parametrize(("broken", "code"), _FAILURES)
def test_where_meaning_fails_the_words_answer_and_everybody_is_told(
    films: IndexedFilms,
    caplog: pytest.LogCaptureFixture,
    fails: str,
    broken: dict[str, Any],
    code: str,
) -> None:
    spoken_film(films, "puppy", "a hound")
    meaning = (
        Meaning(films.engine, vectors=ToyVectors(TEXT, **broken))
        if fails == "model"
        else Meaning(films.engine, indexes=LiveIndexes(films.engine, **broken))
    )
    answer = meaning.search("hound")
    assert (answer.mode, answer.search_source) == (Mode.TEXT, SearchSource.POSTGRES)
    assert _texts(answer) == ["a hound"]
    assert meaning.failures == [code] * len(meaning.failures) != []
    assert answer.missing[0].why.startswith(code)
    assert answer.missing[0].what == ("vectors" if fails == "model" else TEXT.key)
    records = error_records(caplog)
    assert len(records) == len(meaning.failures)
    assert all(each.exc_info for each in records)


def test_a_search_that_breaks_on_the_way_is_a_failure_too(
    films: IndexedFilms, caplog: pytest.LogCaptureFixture
) -> None:
    spoken_film(films, "puppy", "a hound")

    class Other(ToyVectors):
        """Of another length than its space."""

        def of_text(self, text: str, kinds: Any) -> Any:
            queries, missing = super().of_text(text, kinds)
            return [type(each)(each.space, each.vector[:-4]) for each in queries], missing

    meaning = Meaning(films.engine, vectors=Other(TEXT))
    answer = meaning.search("hound")
    assert (answer.mode, _texts(answer), meaning.failures) == (
        Mode.TEXT,
        ["a hound"],
        ["internal"],
    )
    assert "Traceback" in caplog.text


def test_a_text_that_no_model_takes_is_nobodys_failure(
    films: IndexedFilms, caplog: pytest.LogCaptureFixture
) -> None:
    spoken_film(films, "a hound")
    too_long = InvalidRequestError("the query has 700 tokens", code="query_too_long")
    meaning = Meaning(films.engine, vectors=ToyVectors(TEXT, error=too_long))
    answer = meaning.search("hound")
    assert (_texts(answer), answer.missing[0].why[:14]) == (["a hound"], "query_too_long")
    assert error_records(caplog) == []


def test_nothing_embedded_and_a_model_that_is_not_here_are_said(
    films: IndexedFilms, caplog: pytest.LogCaptureFixture
) -> None:
    spoken_film(films, "a hound")
    nothing = Meaning(films.engine, vectors=ToyVectors())
    assert "text_embeddings" in nothing.search("hound").missing[0].why
    nothing.vectors.missing = [Missing("text-toy", "its model toy is not here")]
    answer = nothing.search("hound")
    assert [each.what for each in answer.missing] == ["text-toy", "vectors"]
    assert (_texts(answer), nothing.failures) == (["a hound"], ["vectors_unavailable"] * 2)
    assert "Traceback" in caplog.text
    answer = SearchService(films.engine, None).search(SearchRequest("hound", mode=Mode.HYBRID))
    assert ([each.what for each in answer.missing], answer.total) == (["vectors"], 1)
