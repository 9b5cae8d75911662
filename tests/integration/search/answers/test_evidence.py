"""What a hit shows for itself: moments, marks, and what people corrected or chose."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import Engine, update

from rushes.artifacts.policies import set_policy
from rushes.artifacts.selection import Selection, SelectionMode
from rushes.artifacts.vocabulary import ArtifactType, ModelProfile, Origin
from rushes.db.tables import asset, libraries
from rushes.errors import InvalidRequestError, NotFoundError
from rushes.search.request import Filters, SearchAnswer, SearchHit, SearchRequest
from rushes.search.service import SearchService
from tests.integration.indexed_films import IndexedFilms, indexed_films, on_screen, scene, segment
from tests.integration.search.answers.search_world import World


@pytest.fixture
def films(engine: Engine):
    with indexed_films(engine) as films:
        yield films


def _search(engine: Engine, text: str, **asked: object) -> SearchAnswer:
    return SearchService(engine, None).search(SearchRequest(text=text, **asked))


def _marks(hit: SearchHit) -> set[str]:
    found = (re.findall("<mark>(.*?)</mark>", each.snippet) for each in hit.evidence)
    return {mark.lower() for marks in found for mark in marks}


def _films_with(films: IndexedFilms, text: str) -> list[str]:
    return [
        each.text for hit in _search(films.engine, text, loosen=False).hits for each in hit.evidence
    ]


def test_a_moment_is_when_the_words_were_said_within_its_scene(films: IndexedFilms) -> None:
    film = films.film()
    films.run(film, [scene(0, 4000), scene(4000, 8000, 1)])
    films.run(film, [segment("nothing"), segment("The dogs were walking", 5000, 6000)])
    (hit,) = _search(films.engine, "walk dog").hits
    assert (hit.scene_index, hit.scene_start_ms, hit.scene_end_ms) == (1, 4000, 8000)
    assert (hit.start_ms, hit.end_ms) == (5250, 6000)  # words 2 to 4 of 4
    (shown,) = hit.evidence
    assert (shown.segment_start_ms, shown.segment_end_ms) == (5000, 6000)
    assert (shown.source, shown.origin, shown.producer) == ("transcript", "analysed", "test")
    assert shown.snippet == "The <mark>dogs</mark> were <mark>walking</mark>"


def test_of_two_scenes_that_share_a_sentence_the_one_with_the_word_comes_first(
    films: IndexedFilms,
) -> None:
    film = films.film()
    films.run(film, [scene(0, 4000), scene(4000, 8000, 1)])
    films.run(film, [segment("the leisure to think of power", 2000, 8000)])
    for word, place, start_ms in (("leisure", 0, 3000), ("power", 1, 7000)):
        first, second = _search(films.engine, word).hits
        assert (first.scene_index, second.scene_index) == (place, 1 - place)
        assert first.start_ms == second.start_ms == start_ms  # one word is said for a second


def test_each_word_of_a_query_is_shown_where_it_is(films: IndexedFilms) -> None:
    film = films.film("holiday/dog.mp4")
    films.run(film, [scene(0, 9000)])
    films.run(film, [segment("the sea, the sea", 0, 1000), segment("a boat", 2000, 3000)])
    films.run(film, [on_screen("HARBOUR", 4000, 5000)])
    (hit,) = _search(films.engine, "sea harbour holiday boat").hits
    assert [each.source for each in hit.evidence] == ["transcript", "transcript", "ocr"]
    assert _marks(hit) == {"sea", "harbour", "boat"}


_MARKS = {
    "dogs": {"dog"},
    '"the sea"': {"the sea"},
    "gard*": {"garden"},
    "entr": {"entr"},
    "straße": {"straße"},
    "STRASSE": {"straße"},
    "sea -boat": {"sea"},
    "boat OR sea": {"sea"},
    "clip": {"clip"},
}


def test_what_was_found_is_marked(films: IndexedFilms) -> None:
    film = films.film("clip.mp4")
    said = segment("a dog in the garden by the sea, Straße", language="de")
    films.run(film, [said])
    films.run(film, [on_screen("NO ENTRY")])
    for query, marks in _MARKS.items():
        (hit,) = _search(films.engine, query).hits
        assert _marks(hit) == marks, query


def test_a_snippet_is_escaped(films: IndexedFilms) -> None:
    films.said("<script>alert('dog')</script> & more \ue000\ue001")
    for query in ("dog", "script", "more"):
        (hit,) = _search(films.engine, query).hits
        (shown,) = hit.evidence
        assert set(re.findall("<[^>]*>", shown.snippet)) == {"<mark>", "</mark>"}
        assert "&lt;" in shown.snippet
        assert "&amp; " in shown.snippet


def test_a_corrected_text_is_found_by_its_new_words_only(films: IndexedFilms) -> None:
    film = films.film()
    films.run(film, [scene(0, 4000)])
    films.run(film, [segment("the dogs are barking"), segment("dogs again", 1000, 2000)])
    films.run(film, [segment("the ducks are parking")], origin=Origin.HUMAN)
    assert _films_with(films, "ducks") == ["the ducks are parking"]
    assert _films_with(films, "dogs") == ["dogs again"]
    assert _films_with(films, "barking") == []


@pytest.mark.parametrize("answers", [ModelProfile.FAST, ModelProfile.BALANCED])
def test_only_the_selected_run_is_found(films: IndexedFilms, answers: ModelProfile) -> None:
    film = films.film()
    for profile in (ModelProfile.FAST, ModelProfile.BALANCED):
        films.run(film, [segment(f"garden by {profile.value}")], profile=profile)
    policy = Selection(SelectionMode.PROFILE, answers)
    with films.engine.begin() as connection:
        set_policy(connection, [film], [ArtifactType.TRANSCRIPT_SEGMENT], policy)
    assert _films_with(films, "garden") == [f"garden by {answers.value}"]


def test_films_on_a_volume_that_is_away_are_found_and_say_so(films: IndexedFilms) -> None:
    film = films.said("a dog")
    with films.engine.begin() as connection:
        connection.execute(update(libraries).values(status="offline", volume_label="Disk 7"))
        connection.execute(
            update(asset).where(asset.c.asset_id == film).values(state="missing", path="new.mp4")
        )
    (hit,) = _search(films.engine, "dog").hits
    assert (hit.library_status, hit.volume_label, hit.path) == ("offline", "Disk 7", "new.mp4")


def test_words_that_nobody_said_are_looked_for_more_loosely(world: World) -> None:
    assert _search(world.engine, "alkin").matched.value == "letters"
    assert _search(world.engine, "zebra garden").matched.value == "any_word"
    assert _search(world.engine, "zebra garden", loosen=False).total == 0
    assert _search(world.engine, "zebra -garden").total == 0


def test_people_are_counted_by_id_and_shown_by_name(world: World) -> None:
    answer = _search(world.engine, "", facets=("person", "has_face"))
    assert {value.value: value.label for value in answer.facets["person"]} == {
        "ann": "Ann Lee",
        "bob": "bob",
    }
    with_face = {value.value: value.count for value in answer.facets["has_face"]}
    by_name = _search(world.engine, "", filters=Filters(people=("ANN LEE", "bob")))
    assert by_name.total == with_face["true"] > 0


@pytest.mark.parametrize(("limit", "offset"), [(0, 0), (1001, 0), (1, -1), (2, 9999), (1, 2**70)])
def test_a_page_out_of_bounds_is_refused(world: World, limit: int, offset: int) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        _search(world.engine, "dog", limit=limit, offset=offset)
    assert refused.value.code == "page_out_of_bounds"
    assert refused.value.remedy


def test_what_there_is_not_is_said(world: World) -> None:
    with pytest.raises(InvalidRequestError, match="no facet 'colour'"):
        _search(world.engine, "dog", facets=("colour",))
    with pytest.raises(NotFoundError, match="no library 'elsewhere'"):
        _search(world.engine, "dog", filters=Filters(libraries=("elsewhere",)))
    with pytest.raises(NotFoundError, match="no video 'nowhere'"):
        _search(world.engine, "dog", filters=Filters(asset_ids=("nowhere",)))


@pytest.mark.parametrize("odd", ["\0", "\ud800", "a\0b", "'", '"]', "\\", "%", "é" * 300])
def test_no_value_of_a_filter_breaks_the_search(world: World, odd: str) -> None:
    for name in ("objects", "places", "people", "languages", "profiles", "producers"):
        filters = Filters(**{name: (odd,)})
        assert _search(world.engine, "dog", filters=filters, loosen=False).total == 0
    for name in ("libraries", "asset_ids"):
        with pytest.raises(NotFoundError):
            _search(world.engine, "dog", filters=Filters(**{name: (odd,)}))
