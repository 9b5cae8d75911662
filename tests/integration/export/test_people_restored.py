"""What was said about people comes back, whatever ids a new analysis gives."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from rushes.db.people_tables import people
from rushes.errors import InvalidRequestError, NotFoundError
from rushes.export.restore_report import WaitsFor
from rushes.people.log import read_log
from rushes.people.separation import FilmSpan
from rushes.people.service import PeopleService
from tests.integration.export.world import (
    ANN,
    BOB,
    CAST,
    DAN,
    EVE,
    analyse,
    backed_up,
    cluster_at,
    empty_all,
    everything,
    is_derived,
    names,
    persons,
    restored,
)
from tests.integration.people.people_making import LIBRARY, Seen, scene


def what_was_said(engine: Engine) -> list[tuple[str, str, datetime]]:
    """Action, author and time of each entry."""
    with engine.connect() as connection:
        entries = read_log(connection, LIBRARY)
    return [(each.action, each.author, each.created_at) for each in entries]


def taken_for_ann(cast: list[Seen], *others: int) -> list[Seen]:
    """The same faces, where these others look like Ann now."""
    return [
        Seen(ANN if seen.person in others else seen.person, seen.second, seen.place)
        for seen in cast
    ]


def say_everything(engine: Engine, service: PeopleService) -> None:
    """A name, a merge, a split, a hide, a cannot-link, and something taken back."""
    ann, bob = cluster_at(engine, "one", 0), cluster_at(engine, "one", 2, place=2)
    eve, dan = cluster_at(engine, "one", 8), cluster_at(engine, "two", 6, place=1)
    service.name(ann, "Ann Lee")
    service.merge(ann, [bob])
    other = service.split("Ann Lee", spans=[FilmSpan("two", 6000, 8000)]).person
    assert other is not None
    service.name(other.cluster_id, "Ann's sister")
    service.name(eve, "Eve")
    service.hide(eve)
    service.cannot_link(eve, dan)
    service.name(dan, "A mistake")
    service.undo()


def test_everything_said_comes_back_after_a_new_analysis(
    empty: Engine, service: PeopleService, tmp_path: Path
) -> None:
    say_everything(empty, service)
    before = persons(empty)
    file = backed_up(empty, tmp_path)
    empty_all(empty)
    analyse(empty, CAST, "another model")
    assert persons(empty) != before
    report = restored(empty, file)
    assert persons(empty) == before
    assert is_derived(empty)
    assert (report.pending, report.conflicts) == ([], [])
    with pytest.raises(InvalidRequestError) as raised:
        service.merge("Eve", [cluster_at(empty, "two", 6, place=1)])
    assert raised.value.code == "people_conflict"


def test_the_log_has_who_said_it_and_when(
    empty: Engine, service: PeopleService, tmp_path: Path
) -> None:
    say_everything(empty, service)
    with empty.connect() as connection:
        before = [
            (each.action, each.author, each.created_at) for each in read_log(connection, LIBRARY)
        ]
    file = backed_up(empty, tmp_path)
    empty_all(empty)
    analyse(empty, CAST)
    restored(empty, file)
    with empty.connect() as connection:
        after = [
            (each.action, each.author, each.created_at) for each in read_log(connection, LIBRARY)
        ]
    assert after == before


def test_restoring_twice_is_restoring_once(
    empty: Engine, service: PeopleService, tmp_path: Path
) -> None:
    say_everything(empty, service)
    file = backed_up(empty, tmp_path)
    own = everything(empty)
    restored(empty, file)
    assert everything(empty) == own
    empty_all(empty)
    analyse(empty, CAST)
    restored(empty, file)
    once = everything(empty)
    report = restored(empty, file)
    assert everything(empty) == once
    assert report.restored == {}


def test_films_indexed_later_are_completed_by_restoring_again(
    empty: Engine, service: PeopleService, tmp_path: Path
) -> None:
    say_everything(empty, service)
    before = persons(empty)
    file = backed_up(empty, tmp_path)
    empty_all(empty)
    report = restored(empty, file)
    assert {each.waits_for for each in report.pending} == {WaitsFor.INDEXING}
    assert "Ann Lee" in {each.subject for each in report.pending}
    for film in CAST:
        analyse(empty, {film: CAST[film]})
        restored(empty, file)
    assert persons(empty) == before
    assert is_derived(empty)
    assert restored(empty, file).pending == []


def test_a_split_taken_back_before_can_be_made_again_after(
    empty: Engine, service: PeopleService, tmp_path: Path
) -> None:
    service.name(cluster_at(empty, "one", 0), "Ann")
    service.split("Ann", spans=[FilmSpan("two", 6000, 8000)])
    split = persons(empty)
    service.undo()
    whole = persons(empty)
    file = backed_up(empty, tmp_path)
    empty_all(empty)
    analyse(empty, CAST)
    restored(empty, file)
    assert persons(empty) == whole
    with empty.connect() as connection:
        undo = read_log(connection, LIBRARY)[-1].entry_id
    service.undo(undo)
    assert persons(empty) == split


def test_people_whom_the_new_analysis_takes_for_one_are_told_apart_by_their_places(
    empty: Engine, service: PeopleService, tmp_path: Path
) -> None:
    service.name(cluster_at(empty, "one", 0), "Ann")
    service.name(cluster_at(empty, "one", 8), "Eve")
    before = {each for each in persons(empty) if each[0]}
    file = backed_up(empty, tmp_path)
    empty_all(empty)
    analyse(empty, {film: taken_for_ann(cast, EVE) for film, cast in CAST.items()})
    restored(empty, file)
    assert {each for each in persons(empty) if each[0]} == before


def test_a_few_faces_do_not_take_a_crowd_of_strangers_along(
    empty: Engine, service: PeopleService, tmp_path: Path
) -> None:
    service.name(cluster_at(empty, "one", 8), "Eve")
    before = {each for each in persons(empty) if each[0]}
    file = backed_up(empty, tmp_path)
    empty_all(empty)
    analyse(empty, {film: taken_for_ann(cast, EVE, BOB, DAN) for film, cast in CAST.items()})
    restored(empty, file)
    assert {each for each in persons(empty) if each[0]} == before


def test_faces_that_the_machine_finds_in_a_cluster_s_other_films_go_along(
    empty: Engine, service: PeopleService, tmp_path: Path
) -> None:
    service.name(cluster_at(empty, "one", 0), "Ann")
    file = backed_up(empty, tmp_path)
    empty_all(empty)
    analyse(empty, {**CAST, "new": scene(ANN, 0, 4)})
    restored(empty, file)
    assert names(empty) == {"Ann": 13}


def test_a_person_is_found_again_in_other_films_by_the_face(
    empty: Engine, service: PeopleService, tmp_path: Path
) -> None:
    service.name(cluster_at(empty, "one", 0), "Ann")
    with_vectors = backed_up(empty, tmp_path)
    (tmp_path / "more").mkdir()
    without = backed_up(empty, tmp_path / "more", with_vectors=False)
    empty_all(empty)
    analyse(empty, {"new": scene(ANN, 0, 4) + scene(BOB, 6, 9)})
    report = restored(empty, without)
    assert names(empty) == {}
    assert [each.subject for each in report.pending] == ["Ann"]
    restored(empty, with_vectors)
    assert names(empty) == {"Ann": 5}
    analyse(empty, CAST)
    restored(empty, with_vectors)
    assert names(empty) == {"Ann": 13}


def test_films_without_analysed_faces_wait_for_them(
    empty: Engine, service: PeopleService, tmp_path: Path
) -> None:
    service.name(cluster_at(empty, "one", 0), "Ann")
    file = backed_up(empty, tmp_path)
    with empty.begin() as connection:
        connection.exec_driver_sql("truncate runs, people, people_log cascade")
    report = restored(empty, file)
    assert [(each.subject, each.waits_for) for each in report.pending] == [("Ann", WaitsFor.FACES)]


WORDS = st.lists(
    st.tuples(
        st.sampled_from(["name", "merge", "split", "hide", "unhide", "cannot_link", "undo"]),
        st.integers(0, 9),
        st.integers(0, 9),
    ),
    min_size=1,
    max_size=7,
)


@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(words=WORDS)
def test_whatever_is_said_a_new_analysis_with_the_backup_is_as_before(
    empty: Engine, tmp_path: Path, words: list[tuple[str, int, int]]
) -> None:
    empty_all(empty)
    analyse(empty, CAST)
    service = PeopleService(empty, "ann", LIBRARY)
    for word in words:
        _say(empty, service, *word)
    before = persons(empty)
    file = backed_up(empty, tmp_path)
    empty_all(empty)
    analyse(empty, CAST)
    report = restored(empty, file)
    assert persons(empty) == before
    assert report.conflicts == []
    assert is_derived(empty)


def _say(engine: Engine, service: PeopleService, what: str, one: int, other: int) -> None:
    with engine.connect() as connection:
        query = select(people.c.effective_id).distinct().order_by(people.c.effective_id)
        everybody: Sequence[str] = connection.execute(query).scalars().all()
    person, second = everybody[one % len(everybody)], everybody[other % len(everybody)]
    calls = {
        "name": lambda: service.name(person, f"name {other}"),
        "merge": lambda: service.merge(person, [second]),
        "split": lambda: service.split(
            person, spans=[FilmSpan(["one", "two"][one % 2], 1000 * other, 1000 * other + 1500)]
        ),
        "hide": lambda: service.hide(person),
        "unhide": lambda: service.unhide(person),
        "cannot_link": lambda: service.cannot_link(person, second),
        "undo": lambda: service.undo(),
    }
    try:
        calls[what]()
    except (InvalidRequestError, NotFoundError):
        return
