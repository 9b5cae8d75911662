"""Search rests on the runs that answer and on what people corrected."""

from __future__ import annotations

import pytest

from rushes.artifacts.policies import set_policy
from rushes.artifacts.selection import Selection, SelectionMode
from rushes.artifacts.vocabulary import ArtifactType, ModelProfile, Origin
from rushes.search.request import SearchRequest
from rushes.search.service import SearchService
from tests.integration.indexed_films import IndexedFilms, on_screen, segment


def _found(films: IndexedFilms, text: str) -> list[tuple[str, str]]:
    """(text, origin) of all that shows why something is a hit."""
    answer = SearchService(films.engine, None).search(SearchRequest(text))
    return [(each.text, str(each.origin)) for hit in answer.hits for each in hit.evidence]


def test_a_corrected_segment_is_found_by_its_new_text_only(films: IndexedFilms) -> None:
    film = films.film()
    said = [segment("the dogs are barking", 0, 1000), segment("dogs again", 1000, 2000)]
    films.run(film, said)
    films.run(film, [segment("the ducks are parking", 0, 1000)], origin=Origin.HUMAN)
    assert _found(films, "ducks") == [("the ducks are parking", "human")]
    assert _found(films, "dogs") == [("dogs again", "analysed")]
    assert _found(films, "barking") == []
    assert _found(films, "re barki") == []  # nor letter by letter


def test_a_corrected_sign_is_found_by_its_new_text_only(films: IndexedFilms) -> None:
    film = films.film()
    films.run(film, [on_screen("N0 ENTRV")])
    films.run(film, [on_screen("NO ENTRY")], origin=Origin.HUMAN)
    assert _found(films, "entrv") == []
    assert _found(films, "entry") == [("NO ENTRY", "human")]


def test_a_correction_outlives_a_new_analysis(films: IndexedFilms) -> None:
    film = films.film()
    films.run(film, [segment("the dogs are barking")])
    films.run(film, [segment("the ducks are parking")], origin=Origin.HUMAN)
    films.run(film, [segment("the dogs are barking still")], profile=ModelProfile.HIGH_QUALITY)
    assert _found(films, "dogs") == []
    assert _found(films, "ducks") == [("the ducks are parking", "human")]


@pytest.mark.parametrize("answers", [ModelProfile.FAST, ModelProfile.BALANCED])
def test_only_the_selected_run_is_found(films: IndexedFilms, answers: ModelProfile) -> None:
    film = films.film()
    for profile in (ModelProfile.FAST, ModelProfile.BALANCED):
        films.run(film, [segment(f"garden by {profile.value}")], profile=profile)
    policy = Selection(SelectionMode.PROFILE, answers)
    with films.engine.begin() as connection:
        set_policy(connection, [film], [ArtifactType.TRANSCRIPT_SEGMENT], policy)
    assert _found(films, "garden") == [(f"garden by {answers.value}", "analysed")]
