"""Jump in a film: what a person meets, case by case; the laws are in `test_film_walk`."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, text

from rushes.artifacts.vocabulary import ModelProfile
from rushes.errors import InvalidRequestError, NotFoundError, RushesError
from rushes.navigation.direction import Direction
from rushes.navigation.found import Grouping, Jump
from rushes.navigation.jump import appearances, jump
from rushes.navigation.kinds import Kind
from rushes.navigation.wanted import Wanted
from tests.integration.indexed_films import IndexedFilms, on_screen, scene, segment
from tests.integration.navigation.drawn_films import Film, Run, Span, write


def _go(
    engine: Engine, film: str, way: Direction, from_ms: int | None, kind: Kind = Kind.SCENE
) -> Jump | None:
    try:
        return jump(engine, film, [Wanted(kind)], way, from_ms=from_ms)
    except NotFoundError:
        return None


def test_equal_starts_give_the_smallest_artifact_id_whatever_the_order_of_writing(
    films: IndexedFilms,
) -> None:
    film = films.film()
    films.run(film, [segment(text, 100, 200 + end) for end, text in enumerate("abcdef")])
    found = [_go(films.engine, film, Direction.NEXT, None, Kind.TRANSCRIPT) for _ in range(3)]
    with films.engine.connect() as connection:
        smallest = connection.exec_driver_sql(
            "select min(artifact_id) from artifacts where asset_id = %s", (film,)
        ).scalar()
    assert {each and each.artifact_ids for each in found} == {(smallest,)}


def test_a_scene_at_0_is_reached_only_from_before_everything(films: IndexedFilms) -> None:
    film = films.film()
    films.run(film, [scene(0, 500), scene(500, 900, 1)])
    first = _go(films.engine, film, Direction.NEXT, None)
    assert first is not None
    assert first.start_ms == 0
    second = _go(films.engine, film, Direction.NEXT, 0)
    assert second is not None
    assert second.start_ms == 500
    assert _go(films.engine, film, Direction.PREV, 500) is None


def test_a_run_that_did_not_complete_is_never_chosen(films: IndexedFilms) -> None:
    film = films.film()
    films.run(film, [scene(0, 500)])
    for status in ("running", "failed"):
        films.run(film, [scene(0, 300)], status=status)
        found = _go(films.engine, film, Direction.NEXT, None)
        assert found is not None
        assert found.end_ms == 500


def test_an_empty_newest_run_hides_older_ones(films: IndexedFilms) -> None:
    film = films.film()
    films.run(film, [segment("once said")])
    films.run(film, [], stage="transcript")
    assert _go(films.engine, film, Direction.NEXT, None, Kind.TRANSCRIPT) is None


def test_only_results_of_the_current_content_answer(films: IndexedFilms) -> None:
    film = films.film(content_version=2)
    films.run(film, [scene(0, 100)], content_version=1)
    assert _go(films.engine, film, Direction.NEXT, None) is None
    films.run(film, [scene(0, 200)], content_version=2)
    films.run(film, [scene(0, 300)], content_version=1)
    found = _go(films.engine, film, Direction.NEXT, None)
    assert found is not None
    assert found.end_ms == 200


def test_the_answer_names_the_run_that_it_rests_on(films: IndexedFilms) -> None:
    film = films.film()
    run_id = films.run(film, [scene(0, 100)], profile=ModelProfile.HIGH_QUALITY)
    found = _go(films.engine, film, Direction.NEXT, None)
    assert found is not None
    assert (found.video_id, found.run_id, found.producer, found.model_profile) == (
        *(film, run_id, "test", "high_quality"),
    )


def test_a_film_sees_only_its_own_scenes(films: IndexedFilms) -> None:
    one, other = films.film(), films.film()
    films.run(one, [scene(0, 100)])
    assert _go(films.engine, other, Direction.NEXT, None) is None


def test_an_impossible_time_is_refused_and_a_far_one_finds_nothing(films: IndexedFilms) -> None:
    film = films.film()
    films.run(film, [scene(0, 100)])
    for impossible in (-1, 2**63):
        with pytest.raises(InvalidRequestError, match="out of bounds"):
            jump(films.engine, film, [Wanted(Kind.SCENE)], Direction.NEXT, from_ms=impossible)
    assert _go(films.engine, film, Direction.NEXT, 2**63 - 1) is None
    last = _go(films.engine, film, Direction.PREV, 2**63 - 1)
    assert last is not None
    assert last.end_ms == 100


def test_what_is_not_there_is_told_in_words_that_are_true(films: IndexedFilms) -> None:
    film = films.film()
    for way, from_ms, told in (
        (Direction.NEXT, None, "no scene in this film"),
        (Direction.PREV, None, "no scene in this film"),
        (Direction.NEXT, 7, "no scene after 7 ms"),
        (Direction.PREV, 7, "no scene before 7 ms"),
    ):
        with pytest.raises(NotFoundError, match=told) as refused:
            jump(films.engine, film, [Wanted(Kind.SCENE)], way, from_ms=from_ms)
        assert refused.value.code == "no_match"


def test_an_unknown_film_is_told_from_a_film_without_a_match(films: IndexedFilms) -> None:
    for asked in (jump, appearances):
        way = (Direction.NEXT,) if asked is jump else ()
        with pytest.raises(NotFoundError) as refused:
            asked(films.engine, "nowhere", [Wanted(Kind.SCENE)], *way)
        assert refused.value.code == "video_not_found"
    empty = appearances(films.engine, films.film(), [Wanted(Kind.SCENE)])
    assert (empty.appearances, empty.has_more, empty.cursor) == ((), False, None)


def _label_in_each_second(engine: Engine, label: str, seconds: range) -> Film:
    spans = [Span(1000 * each, 1000 * each + 1000, label, each % 2 / 2) for each in seconds]
    film = Film([Run(Kind.OBJECT, spans)])
    write(engine, [film])
    return film


def test_a_label_that_is_seen_in_every_second_of_five_minutes_is_one_appearance(
    engine: Engine,
) -> None:
    film = _label_in_each_second(engine, "dog", range(300))
    dogs = [Wanted(Kind.OBJECT, label="dog")]
    first = jump(engine, film.asset_id, dogs, Direction.NEXT, group=Grouping())
    assert (first.start_ms, first.end_ms, first.confidence) == (0, 300_000, 0.5)
    assert list(first.artifact_ids) == film.runs[0].ids
    assert appearances(engine, film.asset_id, dogs).appearances == (first,)
    assert jump(engine, film.asset_id, dogs, Direction.PREV, group=Grouping()) == first
    with pytest.raises(NotFoundError):
        jump(engine, film.asset_id, dogs, Direction.NEXT, from_ms=150_000, group=Grouping())


def test_a_gap_parts_appearances_only_where_it_is_longer_than_asked(engine: Engine) -> None:
    film = _label_in_each_second(engine, "dog", range(0, 12, 3))  # 2 s between each
    for asked in (Wanted(Kind.OBJECT), Wanted(Kind.OBJECT, label="dog")):
        counts = {
            gap_ms: len(
                appearances(engine, film.asset_id, [asked], group=Grouping(gap_ms)).appearances
            )
            for gap_ms in (0, 1999, 2000, 86_400_000)
        }
        assert counts == {0: 4, 1999: 4, 2000: 1, 86_400_000: 1}


def test_what_lies_within_a_long_span_of_the_same_begins_nothing(engine: Engine) -> None:
    spans = [Span(0, 100, "dog"), Span(50, 60, "dog"), Span(110, 120, "dog"), Span(52, 54, "cat")]
    film = Film([Run(Kind.OBJECT, spans)])
    write(engine, [film])
    dogs, group = [Wanted(Kind.OBJECT, label="dog")], Grouping(9)
    following = jump(engine, film.asset_id, dogs, Direction.NEXT, from_ms=40, group=group)
    assert (following.start_ms, following.end_ms) == (110, 120)
    previous = jump(engine, film.asset_id, dogs, Direction.PREV, from_ms=105, group=group)
    assert (previous.start_ms, previous.end_ms, len(previous.artifact_ids)) == (0, 100, 2)


def test_times_as_late_as_a_bigint_holds_are_no_fault(engine: Engine) -> None:
    last = 2**63 - 1
    film = Film([Run(Kind.OBJECT, [Span(0, last, "dog"), Span(last - 1, last, "dog")])])
    write(engine, [film])
    for group in (None, Grouping(0), Grouping(86_400_000)):
        for way in Direction:
            found = jump(engine, film.asset_id, [Wanted(Kind.OBJECT)], way, group=group)
            assert found.end_ms == last


def test_person_is_asked_for_by_name_or_id_and_told_by_both(films: IndexedFilms) -> None:
    film = films.film()
    run_id = films.run(film, [], stage="faces")
    with films.engine.begin() as connection:
        _show(connection, film, run_id, "ada", "Ada", (1000, 2000), (2500, 3000))
        _show(connection, film, run_id, "bob", None, (1000, 2000))
    found = [
        jump(films.engine, film, [Wanted(Kind.PERSON, person=asked)], Direction.NEXT,
             group=Grouping())
        for asked in ("ada", "aDA")
    ]  # fmt: skip
    assert {(each.value, each.name, each.start_ms, each.end_ms) for each in found} == {
        ("ada", "Ada", 1000, 3000)
    }
    everybody = appearances(films.engine, film, [Wanted(Kind.PERSON)]).appearances
    assert {each.value for each in everybody} == {"ada", "bob"}
    with pytest.raises(NotFoundError) as refused:
        jump(films.engine, film, [Wanted(Kind.PERSON, person="eve")], Direction.NEXT)
    assert refused.value.code == "person_not_found"


def _show(
    connection: Any, film: str, run_id: str, person: str, name: str | None, *spans: tuple[int, int]
) -> None:
    connection.execute(
        text(
            "insert into people (cluster_id, effective_id, library_slug, name)"
            " values (:id, :id, 'films', :name)"
        ),
        {"id": person, "name": name},
    )
    for begin, end in spans:
        values = {"id": f"{person}{begin}", "film": film, "run": run_id, "from": begin, "to": end}
        connection.execute(
            text(
                "insert into artifacts (artifact_id, asset_id, artifact_type, schema_version,"
                " span_start_ms, span_end_ms, payload, producer, producer_version, model_profile,"
                " config_hash, input_hash, run_id) values (:id, :film, 'face.detection', 1, :from,"
                " :to, '{}', 'test', '1', 'balanced', 'c', 'i', :run)"
            ),
            values,
        )
        connection.execute(
            text(
                "insert into face_clusters (artifact_id, asset_id, run_id, start_ms, end_ms,"
                " cluster_id, confidence) values (:id, :film, :run, :from, :to, :person, 0.5)"
            ),
            {**values, "person": person},
        )


def test_letters_are_looked_for_only_where_the_film_has_the_words_nowhere(
    films: IndexedFilms,
) -> None:
    film = films.film()
    films.run(film, [segment("a dog", 0, 100), segment("doghouses", 200, 300)])
    films.run(film, [on_screen("DOGMA", 400, 500)])
    both = (Kind.TRANSCRIPT, Kind.OCR)

    def starts(query: str, *more: Wanted) -> list[int]:
        asked = [*(Wanted(kind, text=query) for kind in both), *more]
        found: list[Jump] = []
        while True:
            cursor = found[-1].cursor if found else "start"
            try:
                found.append(jump(films.engine, film, asked, Direction.NEXT, cursor=cursor))
            except NotFoundError:
                return [each.start_ms for each in found]

    assert starts("dog") == [0]
    assert starts("ogm") == [400]
    assert starts("do") == [0, 200, 400]
    assert starts("the") == []
    films.run(film, [scene(50, 60)])
    assert starts("dog", Wanted(Kind.SCENE)) == [0, 50]
    assert starts("ogm", Wanted(Kind.SCENE)) == [50, 400]


_REFUSED: list[tuple[list[Wanted], dict[str, Any], str]] = [
    ([], {}, "bad_filter"),
    ([Wanted(Kind.OBJECT), Wanted(Kind.OBJECT, label="dog")], {}, "bad_filter"),
    ([Wanted(Kind.OBJECT, label="")], {}, "bad_filter"),
    ([Wanted(Kind.OBJECT, label="\0")], {}, "bad_filter"),
    ([Wanted(Kind.TRANSCRIPT, text=" ")], {}, "empty_query"),
    ([Wanted(Kind.SCENE)], {"group": Grouping(-1)}, "bad_filter"),
    ([Wanted(Kind.SCENE)], {"group": Grouping(86_400_001)}, "bad_filter"),
    ([Wanted(Kind.SCENE)], {"cursor": "end", "from_ms": 3}, "invalid_request"),
    ([Wanted(Kind.SCENE)], {"cursor": ""}, "bad_cursor"),
    ([Wanted(Kind.SCENE)], {"cursor": "START"}, "bad_cursor"),
    ([Wanted(Kind.PERSON, person="\ud800")], {}, "person_not_found"),
]


def test_what_cannot_be_asked_is_refused_with_its_code(films: IndexedFilms) -> None:
    film = films.film()
    for asked, more, code in _REFUSED:
        with pytest.raises(RushesError) as refused:
            jump(films.engine, film, asked, Direction.NEXT, **more)
        assert refused.value.code == code, (asked, more)


def test_a_cursor_fits_only_the_film_that_it_was_made_for(films: IndexedFilms) -> None:
    one, other = films.film(), films.film()
    for film in (one, other):
        films.run(film, [scene(0, 100), scene(100, 200, 1)])
    first = jump(films.engine, one, [Wanted(Kind.SCENE)], Direction.NEXT)
    with pytest.raises(InvalidRequestError) as refused:
        jump(films.engine, other, [Wanted(Kind.SCENE)], Direction.NEXT, cursor=first.cursor)
    assert refused.value.code == "bad_cursor"
