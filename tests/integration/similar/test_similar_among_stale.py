"""What answers no longer costs little, and hides nothing without a word."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from rushes.artifacts.policies import set_policy
from rushes.artifacts.selection import Selection, SelectionMode
from rushes.artifacts.vocabulary import ArtifactType, EmbeddingKind, ModelProfile, Origin
from rushes.similar import service as asking
from rushes.similar.film_filters import runs_by_policy
from rushes.similar.hydration import Verifier
from rushes.similar.request import Collapse, SimilarFilters, SimilarRequest
from rushes.similar.standing import StandingSpaces
from rushes.similar.walking import SpaceRequest, ask_space
from rushes.vectors.space import EmbeddingSpace
from tests.integration.indexed_films import IndexedFilms, on_screen, segment
from tests.integration.similar.similar_world import (
    FACES,
    PICTURES,
    TEXTS,
    ToyIndexes,
    ToyQuestions,
    Vector,
    toy_service,
    unit,
    write,
)

QUESTION = unit([1, 0, 0, 0, 0])
EVERYTHING = SimilarRequest(text="whatever", min_score=-1, collapse=Collapse.NONE, limit=5)


def face(nearness: float) -> Vector:
    """A vector of that cosine to the question."""
    return unit([nearness, np.sqrt(1 - nearness**2), 0, 0, 0])


@dataclass(frozen=True, slots=True)
class CountingVerifier(Verifier):
    """Notes how many it was asked for each time."""

    asked: list[int] = field(default_factory=list)

    def rows(self, embedding_ids: Collection[str]) -> dict[str, Any]:
        self.asked.append(len(embedding_ids))
        return Verifier.rows(self, embedding_ids)


def answering(films: IndexedFilms) -> frozenset[str]:
    return runs_by_policy(films.engine, {EmbeddingKind.FACE})


def request_of(films: IndexedFilms, **changes: Any) -> SpaceRequest:
    values: dict[str, Any] = {
        "vectors": [QUESTION],
        "cut_off": 0.1,
        "runs": None,
        "answering": lambda: answering(films),
        "without": frozenset[str](),
        "collapse": Collapse.NONE,
        "most_verified": 10_000,
    }
    return SpaceRequest(**values | changes)


@pytest.mark.parametrize("step", [0, 1e-4], ids=["all equal", "all different"])
def test_behind_many_of_replaced_runs_the_answers_are_found_without_looking_at_all_of_them(
    films: IndexedFilms, step: float
) -> None:
    film = films.film()
    write(films, film, FACES, [(n * 1000, face(0.9 - n * step)) for n in range(1500)])
    _, _, ids = write(films, film, FACES, [(n * 1000, face(0.5 - n / 100)) for n in range(5)])
    verifier = CountingVerifier(films.engine, SimilarFilters(), None)
    live = ToyIndexes(films.engine).of(FACES)
    found = ask_space(live, request_of(films), verifier, 4)
    assert [each.best.row.embedding_id for each in found.groups][:4] == ids[:4]
    assert (found.is_all, found.is_cut) == (True, False)
    assert sum(verifier.asked) in (64 + 5, 63 + 5)  # the last of a look may have equals


def test_the_runs_that_answer_are_not_read_where_most_of_what_is_near_is_theirs(
    films: IndexedFilms,
) -> None:
    film = films.film()
    write(films, film, FACES, [(n * 1000, face(0.9)) for n in range(30)])
    _, _, ids = write(films, film, FACES, [(n * 1000, face(0.9)) for n in range(300)])

    def no_need() -> frozenset[str]:
        raise AssertionError

    verifier = Verifier(films.engine, SimilarFilters(), None)
    live = ToyIndexes(films.engine).of(FACES)
    found = ask_space(live, request_of(films, answering=no_need), verifier, 400)
    assert {each.best.row.embedding_id for each in found.groups} == set(ids)
    assert found.is_all


def test_no_more_is_verified_than_may_be_and_the_answer_says_so(
    films: IndexedFilms, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = films.film()
    write(films, film, FACES, [(n * 1000, face(0.9 - n / 1000)) for n in range(400)])
    late = SimilarFilters(start_ms=390_000)
    verifier = CountingVerifier(films.engine, late, None)
    live = ToyIndexes(films.engine).of(FACES)
    found = ask_space(live, request_of(films, most_verified=100), verifier, 5)
    assert (found.groups, found.is_all, found.is_cut) == ([], False, True)
    assert sum(verifier.asked) == 100

    questions = ToyQuestions()
    questions.queries = [(FACES, QUESTION)]
    service = toy_service(films.engine, questions)
    request = SimilarRequest(
        text="whatever", filters=late, min_score=-1, collapse=Collapse.NONE, limit=5
    )
    whole = service.search(request)
    assert (len(whole.hits), whole.has_more, whole.missing) == (5, True, [])
    monkeypatch.setattr(asking, "MAX_VERIFIED", 100)
    cut = service.search(request)
    assert (cut.hits, cut.has_more) == ([], True)
    assert [each.what for each in cut.missing] == [FACES.key]
    assert "100 nearest" in cut.missing[0].why


def test_as_much_as_may_be_verified_is_enough_where_it_is_all(films: IndexedFilms) -> None:
    write(films, films.film(), FACES, [(n * 1000, face(0.9)) for n in range(100)])
    verifier = Verifier(films.engine, SimilarFilters(start_ms=95_500), None)
    live = ToyIndexes(films.engine).of(FACES)
    found = ask_space(live, request_of(films, most_verified=100), verifier, 50)
    assert (len(found.groups), found.is_all, found.is_cut) == (5, True, False)


def test_a_space_stands_while_a_run_of_it_answers(films: IndexedFilms) -> None:
    other = EmbeddingSpace(EmbeddingKind.TEXT, "newer-texts", "1", 4)
    standing = StandingSpaces(films.engine)
    assert standing.of(EmbeddingKind) == []
    film = films.film()
    older, _, _ = write(films, film, TEXTS, [(0, unit([1] * 6))])
    write(films, film, PICTURES, [(0, unit([1] * 8))])
    assert set(standing.of(EmbeddingKind)) == {TEXTS, PICTURES}
    assert standing.of({EmbeddingKind.TEXT}) == [TEXTS]
    write(films, film, other, [(0, unit([1] * 4))], profile=ModelProfile.FAST)
    assert set(standing.of(EmbeddingKind)) == {other, PICTURES}
    pinned = Selection(SelectionMode.PINNED, pinned_run_id=older)
    assert set(standing.of({EmbeddingKind.TEXT}, pinned)) == {TEXTS, other}
    with films.engine.begin() as connection:
        set_policy(connection, [film], [ArtifactType.TEXT_EMBEDDING], pinned)
    assert set(standing.of(EmbeddingKind)) == {TEXTS, PICTURES}


def test_no_window_that_overlaps_replaced_words_answers_whatever_its_text(
    films: IndexedFilms,
) -> None:
    film, asked = films.film(), unit([1, 0, 0, 0, 0, 0])
    spans = [(0, 2000), (2000, 3000), (5000, 6000)]
    films.run(film, [segment(f"spoken {start}", start, end) for start, end in spans])
    films.run(film, [on_screen("written", 0, 2000)])
    moments = [(0, asked), (1500, asked), (1000, asked), (2000, asked), (5000, asked)]
    sources = ["transcript", "transcript", "ocr", "transcript", "transcript"]
    _, _, ids = write(films, film, TEXTS, moments, sources=sources)
    questions = ToyQuestions()
    questions.queries = [(TEXTS, asked)]
    service = toy_service(films.engine, questions)
    assert len(service.search(EVERYTHING).hits) == 5
    films.run(film, [segment("corrected", 0, 2000)], origin=Origin.HUMAN)
    # The second joins the tail of what was replaced with what follows.
    found = service.search(EVERYTHING).hits
    assert {each.embedding_id for each in found} == {ids[2], ids[3], ids[4]}
