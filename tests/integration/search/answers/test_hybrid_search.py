"""Hybrid search: words and meaning together, and why each hit is there."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
from sqlalchemy import Engine, delete, update

from rushes.api.answers.search import SearchAnswerModel
from rushes.artifacts.policies import set_policy
from rushes.artifacts.selection import Selection, SelectionMode
from rushes.artifacts.vocabulary import ArtifactType, ModelProfile, Origin
from rushes.db.reading import reading
from rushes.db.tables import asset
from rushes.search.found import FoundScene
from rushes.search.hybrid import walking
from rushes.search.hydration import hydrate
from rushes.search.named_things import NamedThings
from rushes.search.plain import plain_answer
from rushes.search.quickwit.errors import QuickwitUnavailableError
from rushes.search.request import (
    Filters,
    FoundBy,
    Mode,
    SearchAnswer,
    SearchHit,
    SearchSource,
    Sort,
)
from tests.integration.indexed_films import IndexedFilms, indexed_films, scene, segment
from tests.integration.search.answers.fake_engine import (
    answering,
    failing,
    hit,
    keep_revs,
    use_index,
)
from tests.integration.search.answers.meaning_making import (
    TEXT,
    Meaning,
    Window,
    embed_frames,
    embed_texts,
    spoken_film,
)


@pytest.fixture
def films(engine: Engine):
    with indexed_films(engine) as films:
        yield films


def _by(hit: SearchHit) -> list[str]:
    return [each.by.value for each in hit.reasons]


def _texts(answer: SearchAnswer) -> list[str]:
    return [hit.evidence[0].text for hit in answer.hits]


def test_other_words_for_the_same_are_found_and_shown_where_they_are(films: IndexedFilms) -> None:
    said = "A <b>dog</b> & the puppy \ue000"
    film = spoken_film(films, "nothing to see", said)
    answer = Meaning(films.engine).search("hound")
    (found,) = answer.hits
    assert (answer.mode, answer.total, answer.is_approximate) == (Mode.HYBRID, 1, False)
    assert (found.asset_id, found.scene_index) == (film, 1)
    assert (found.start_ms, found.end_ms) == (2000, 4000)
    (shown,) = found.evidence
    assert (shown.source, shown.text) == ("transcript", said)
    assert shown.snippet == "A &lt;b&gt;dog&lt;/b&gt; &amp; the puppy "
    assert (shown.segment_start_ms, shown.segment_end_ms) == (2000, 4000)
    assert (shown.producer, shown.origin) == ("test", "analysed")
    (reason,) = found.reasons
    assert (reason.by, reason.rank, reason.space) == (FoundBy.MEANING, 1, TEXT.key)
    assert reason.score == pytest.approx(0.9, abs=0.11)
    assert (reason.artifact_id, reason.start_ms, reason.end_ms) == (shown.artifact_id, 2000, 4000)


def test_what_has_the_word_and_means_it_comes_first_and_says_both(films: IndexedFilms) -> None:
    spoken_film(films, "hound", "the word hound in a garden by the beach of a cat", "a puppy")
    answer = Meaning(films.engine).search("hound")
    assert [_by(each) for each in answer.hits] == [["text", "meaning"], ["text"], ["meaning"]]
    assert [[each.rank for each in hit.reasons] for hit in answer.hits] == [[1, 1], [2], [2]]
    both, _, other_word = answer.hits
    assert other_word.scene_index == 2
    assert both.evidence[0].snippet == "<mark>hound</mark>"
    assert answer.total == 3


def test_text_mode_asks_no_model_and_gives_no_reasons(films: IndexedFilms) -> None:
    spoken_film(films, "hound", "puppy")
    meaning = Meaning(films.engine)
    answer = meaning.search("hound", mode=Mode.TEXT)
    assert [each.reasons for each in answer.hits] == [()]
    assert (answer.mode, meaning.vectors.asked) == (Mode.TEXT, [])


@pytest.mark.parametrize(
    ("asked", "scenes"),
    [
        ("hound -garden", {1}),
        ("hound NOT (garden OR rain)", set()),
        ('hound -"the dog"', {1}),
        ("hound -person:nobody", {0, 1}),
        ("hound person:nobody", set()),
        ("hound written:rain", {0, 1}),
        ("hound language:de", set()),
    ],
)
def test_what_the_text_leaves_out_does_not_come_back_through_its_meaning(
    films: IndexedFilms, asked: str, scenes: set[int]
) -> None:
    spoken_film(films, "the dog in the garden", "a puppy in the rain", "beach")
    answer = Meaning(films.engine).search(asked)
    assert {hit.scene_index for hit in answer.hits} == scenes
    assert answer.total == len(scenes)


@pytest.mark.parametrize("asked", ["-garden", "person:nobody", "language:en"])
def test_without_words_to_mean_something_text_answers(films: IndexedFilms, asked: str) -> None:
    spoken_film(films, "the dog in the garden")
    meaning = Meaning(films.engine)
    answer = meaning.search(asked)
    assert (answer.mode, answer.missing, meaning.vectors.asked) == (Mode.TEXT, [], [])


def test_words_of_speech_are_not_looked_for_on_screen_or_in_pictures(films: IndexedFilms) -> None:
    film = films.film()
    films.run(film, [scene(2000 * at, 2000 * at + 2000, at) for at in range(3)])
    embed_texts(films, film, [Window("dog", 0, 2000, "ocr", 0), Window("puppy", 2000, 4000)])
    embed_frames(films, film, [("dog", 4000, 5000)])
    meaning = Meaning(films.engine)

    def scenes(asked: str) -> set[int | None]:
        return {each.scene_index for each in meaning.search(asked).hits}

    assert scenes("hound") == {0, 1, 2}
    assert scenes("said:hound") == {1}
    assert scenes("written:hound") == {0}


def test_what_is_only_seen_is_found_by_a_picture(films: IndexedFilms) -> None:
    film = spoken_film(films, "nothing here", "nor here")
    frames = embed_frames(
        films, film, [("cat", 0, 1000), ("dog", 2000, 3000), ("a dog", 3000, 4000)]
    )
    (found,) = Meaning(films.engine).search("hound").hits
    assert (found.start_ms, found.end_ms, found.scene_index) == (2000, 3000, 1)
    (shown,) = found.evidence
    assert (shown.source, shown.text, shown.snippet) == ("image", "", "")
    assert shown.artifact_id == frames[1]


def test_a_deleted_film_is_never_shown(films: IndexedFilms) -> None:
    gone, stays = spoken_film(films, "dog"), spoken_film(films, "puppy")
    meaning = Meaning(films.engine)
    assert {each.asset_id for each in meaning.search("hound").hits} == {gone, stays}
    with films.engine.begin() as connection:
        connection.execute(delete(asset).where(asset.c.asset_id == gone))
    assert {each.asset_id for each in meaning.search("hound").hits} == {stays}


def _still_shown(films: IndexedFilms, *scenes: FoundScene) -> list[list[str]]:
    with reading(films.engine) as connection:
        hits, _ = hydrate(connection, scenes, (), 0, NamedThings())
    return [_by(each) for each in hits]


def test_what_goes_while_the_answer_is_made_is_not_shown(films: IndexedFilms) -> None:
    film = spoken_film(films, "hound")
    meaning = Meaning(films.engine)
    (both,) = meaning.search("hound").hits
    by_text, by_meaning = both.reasons
    fields = {name: getattr(both, name) for name in ("doc_id", "asset_id", "scene_id")}
    span = {"start_ms": both.scene_start_ms, "end_ms": both.scene_end_ms}
    found = FoundScene.of({**fields, **span})
    by_both = replace(found, reasons=(by_text, by_meaning))
    only = replace(found, reasons=(by_meaning,))
    assert _still_shown(films, by_both, only) == [["text", "meaning"], ["meaning"]]
    embed_texts(films, film, [Window("beach", 0, 2000)])
    assert _still_shown(films, by_both, only) == [["text"]]
    (again,) = Meaning(films.engine).search("shore").hits
    only = replace(found, reasons=again.reasons)
    assert _still_shown(films, only) == [["meaning"]]
    films.run(film, [scene(0, 1000), scene(1000, 2000, 1)])
    assert _still_shown(films, only) == []
    with films.engine.begin() as connection:
        connection.execute(delete(asset).where(asset.c.asset_id == film))
    assert _still_shown(films, by_both, only) == []


@pytest.mark.parametrize("answers", [ModelProfile.FAST, ModelProfile.BALANCED])
def test_only_the_selected_run_is_found(films: IndexedFilms, answers: ModelProfile) -> None:
    film = films.film()
    films.run(film, [scene(0, 2000), scene(2000, 4000, 1)])
    profiles = (ModelProfile.FAST, ModelProfile.BALANCED)
    for at, profile in enumerate(profiles):
        embed_texts(films, film, [Window("dog", 2000 * at, 2000 * at + 2000)], profile)
    with films.engine.begin() as connection:
        policy = Selection(SelectionMode.PROFILE, answers)
        set_policy(connection, [film], [ArtifactType.TEXT_EMBEDDING], policy)
    (found,) = Meaning(films.engine).search("hound").hits
    assert found.scene_index == profiles.index(answers)


def test_a_window_over_a_cut_belongs_to_the_scene_that_it_was_cut_for(films: IndexedFilms) -> None:
    film = films.film()
    films.run(film, [scene(0, 2000), scene(2000, 3000, 1)])
    embed_texts(films, film, [Window("dog", 0, 3000, scene_index=1)])
    (found,) = Meaning(films.engine).search("hound").hits
    assert (found.scene_index, found.start_ms, found.end_ms) == (1, 0, 3000)


def test_in_order_of_time_both_stand_where_they_were_filmed(films: IndexedFilms) -> None:
    spoken_film(
        films, "puppy", "hound", "beach", "dog", "hound in the garden of a cat at the beach"
    )
    meaning = Meaning(films.engine)
    oldest = meaning.search("hound", sort=Sort.OLDEST)
    assert [each.scene_index for each in oldest.hits] == [0, 1, 3, 4]
    assert [each.scene_index for each in meaning.search("hound", sort=Sort.NEWEST).hits] == [
        *(4, 3, 1, 0),
    ]
    assert [_by(each) for each in oldest.hits] == [
        *(["meaning"], ["text", "meaning"], ["meaning"], ["text"]),
    ]
    assert oldest.hits[1].reasons[0].rank is None
    page = meaning.search("hound", sort=Sort.OLDEST, limit=2, offset=1)
    assert (page.hits, page.total) == (oldest.hits[1:3], 4)


def test_pages_cover_everything_once(films: IndexedFilms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "FIRST_LOOK", 100)
    words = ("hound", "puppy dog", "hound in the garden of a cat at the beach")
    for _ in range(3):
        spoken_film(films, *(words[number % 3] for number in range(110)))
    meaning = Meaning(films.engine)
    pages = [meaning.search("hound", limit=70, offset=at) for at in range(0, 350, 70)]
    seen = [each.doc_id for page in pages for each in page.hits]
    assert len(seen) == len(set(seen)) == 330
    assert (pages[-1].total, pages[-1].is_approximate) == (330, False)
    assert all(page.is_approximate or page.total == 330 for page in pages)
    assert all(page.total <= 330 for page in pages)


def test_what_was_not_looked_at_is_said(
    films: IndexedFilms, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoken_film(films, *(["puppy"] * 30))
    meaning = Meaning(films.engine)
    assert meaning.search("hound").is_approximate is False
    for name, value in (("MOST_DOCUMENTS", 10), ("LAST_LOOK", 10)):
        with monkeypatch.context() as patched:
            patched.setattr(walking, name, value)
            patched.setattr(walking, "FIRST_LOOK", 10)
            answer = meaning.search("hound")
        assert (answer.total, len(answer.hits), answer.is_approximate) == (10, 10, True)


def test_filters_are_looked_for_deep_enough(
    films: IndexedFilms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walking, "FIRST_LOOK", 5)
    spoken_film(films, *(["puppy"] * 40))
    spoken_film(films, "a puppy far off", library="there")
    with films.engine.begin() as connection:
        connection.execute(update(asset).values(is_favorite=asset.c.library_slug == "there"))
    meaning = Meaning(films.engine)
    for filters in (Filters(libraries=("there",)), Filters(is_favorite=True)):
        answer = meaning.search("hound", filters=filters)
        assert _texts(answer) == ["a puppy far off"]
        assert (answer.total, answer.is_approximate) == (1, False)


def test_the_engine_finds_words_and_its_failure_leaves_meaning_alone(films: IndexedFilms) -> None:
    word, other = spoken_film(films, "a hound"), spoken_film(films, "puppy")
    use_index(films.engine)
    rev = {"rev": 5, "asset_id": word, "state": "live", "live_from": 1, "live_to": None}
    keep_revs(films.engine, 9, rev)
    (found,) = Meaning(films.engine).search("a hound", limit=1).hits
    assert found.scene_id
    engine = answering({**hit(word, 5, found.scene_id), "run_ids": []})
    answer = Meaning(films.engine, engine.client).search("hound")
    assert answer.search_source is SearchSource.QUICKWIT
    assert [(each.asset_id, _by(each)) for each in answer.hits] == [
        (word, ["text", "meaning"]),
        (other, ["meaning"]),
    ]
    away = failing(QuickwitUnavailableError("It is away.", was_sent=True)).client
    answer = Meaning(films.engine, away).search("hound")
    assert [each.what for each in answer.missing] == ["quickwit"]
    assert (answer.search_source, answer.mode) == (SearchSource.POSTGRES, Mode.HYBRID)
    assert [each.asset_id for each in answer.hits] == [word, other]


def test_an_answer_is_what_is_documented(films: IndexedFilms) -> None:
    film = spoken_film(films, "a hound", "puppy")
    embed_frames(films, film, [("dog", 0, 1000)])
    answer = Meaning(films.engine).search("hound", facets=("library",))
    model = SearchAnswerModel.model_validate(plain_answer(answer))
    assert [len(each.reasons) for each in model.hits] == [3, 1]
    assert plain_answer(answer)["hits"][0]["reasons"][0] == {"by": "text", "rank": 1}
    assert model.facets["library"][0].count == model.total == 2


def test_a_text_search_loads_neither_faiss_nor_models(films: IndexedFilms) -> None:
    films.said("a hound")
    script = (
        "import sys\n"
        "from rushes.db.engine import make_engine\n"
        "from rushes.search.request import SearchRequest\n"
        "from rushes.search.service import SearchService\n"
        "engine = make_engine(sys.argv[1])\n"
        "assert SearchService(engine, None).search(SearchRequest('hound')).total == 1\n"
        "for name in ('faiss', 'onnxruntime', 'tokenizers', 'rushes.search.hybrid'):\n"
        "    assert name not in sys.modules, name\n"
    )
    address = films.engine.url.render_as_string(hide_password=False)
    done = subprocess.run(
        [sys.executable, "-c", script, address], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_windows_of_replaced_runs_do_not_hide_what_answers(
    films: IndexedFilms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walking, "FIRST_LOOK", 8)
    monkeypatch.setattr(walking, "LAST_LOOK", 32)
    stale = films.film()
    embed_texts(films, stale, [Window("puppy", n, n + 1) for n in range(100)])
    embed_texts(films, stale, [Window("the beach", 0, 1)])
    film = spoken_film(films, "a puppy at the shore")
    answer = Meaning(films.engine).search("hound")
    assert [each.asset_id for each in answer.hits] == [film]
    assert not answer.is_approximate


def test_no_words_of_a_window_are_found_that_overlaps_a_correction(films: IndexedFilms) -> None:
    film = films.film()
    films.run(film, [segment("a long text with a puppy", 0, 2000), segment("a hound", 2000, 4000)])
    embed_texts(films, film, [Window("puppy a hound", 1000, 4000), Window("the dog", 4000, 5000)])
    assert [each.by.value for each in Meaning(films.engine).search("dogs").hits[0].reasons]
    films.run(film, [segment("a long text with a guppy", 0, 2000)], origin=Origin.HUMAN)
    (found,) = Meaning(films.engine).search("dogs").hits
    assert [each.start_ms for each in found.reasons] == [4000]


def test_what_a_correction_replaces_is_not_found_by_its_meaning(films: IndexedFilms) -> None:
    film = spoken_film(films, "the dog barks", "a puppy")
    films.run(film, [segment("the duck parks", 0, 2000)], origin=Origin.HUMAN)
    (found,) = Meaning(films.engine).search("hound").hits
    assert found.scene_index == 1
