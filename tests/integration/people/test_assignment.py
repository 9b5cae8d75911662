"""Faces of new films join the people that are known, or found new ones; nobody known moves."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from people_making import (
    LIBRARY,
    Seen,
    add_film,
    add_run,
    assignments,
    scene,
    whose,
    write_run,
)
from sqlalchemy import Connection, Engine

from rushes.artifacts.projections import projection, verify
from rushes.errors import ConfigurationError, NotFoundError
from rushes.library.repository import update_library
from rushes.people.assignment import AssignmentReport, assign_faces
from rushes.people.recognition import set_recognition

ANN, BOB, EVE = 1, 2, 3
CASTS = st.lists(
    st.lists(st.integers(0, 5), min_size=1, max_size=4, unique=True), min_size=1, max_size=4
)


def test_the_same_person_in_two_films_is_one_and_another_is_not(connection: Connection) -> None:
    first = add_run(connection, "one", scene(ANN, 0, 4))
    second = add_run(connection, "two", scene(ANN, 3, 6) + scene(BOB, 7, 9))
    ann, *_ = first.founded
    assert set(whose(connection, first.run_id).values()) == {ann}
    in_second = whose(connection, second.run_id)
    assert {in_second[number] for number in range(4)} == {ann}
    assert {in_second[number] for number in range(4, 7)} == set(second.founded)
    assert (second.joined, len(second.founded), second.assigned) == ((ann,), 1, 7)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(casts=CASTS)
def test_clusters_are_the_people_whatever_the_films_and_none_moves_for_a_new_one(
    films_engine: Engine, casts: list[list[int]]
) -> None:
    with films_engine.connect() as connection:
        cluster_of: dict[int, str] = {}
        for number, cast in enumerate(casts):
            film = add_film(connection, f"film{number}")
            # All of them at once, then one after another, at other places.
            faces = [Seen(person, 0, place) for place, person in enumerate(cast)]
            faces += [Seen(person, 10 + second) for second, person in enumerate(cast)]
            before = assignments(connection)
            report = add_run(connection, film, faces)
            assert before <= assignments(connection)
            for index, cluster in whose(connection, report.run_id).items():
                assert cluster_of.setdefault(faces[index].person, cluster) == cluster
        assert len(set(cluster_of.values())) == len(cluster_of)
        connection.rollback()


def test_the_same_films_in_the_same_order_give_the_same_groups(films_engine: Engine) -> None:
    faces = scene(ANN, 0, 3) + scene(BOB, 2, 5, place=1) + scene(ANN, 8, 9, place=3)
    found = []
    for _ in range(2):
        with films_engine.connect() as connection:
            runs = [add_run(connection, film, faces).run_id for film in ("one", "two")]
            people = [whose(connection, run_id) for run_id in runs]
            names = list(dict.fromkeys(cluster for each in people for cluster in each.values()))
            found.append([{k: names.index(v) for k, v in each.items()} for each in people])
            connection.rollback()
    assert found[0] == found[1]


def test_done_again_for_the_same_run_it_does_nothing(connection: Connection) -> None:
    report = add_run(connection, "one", scene(ANN, 0, 4))
    before = assignments(connection)
    assert assign_faces(connection, report.run_id).repeated
    assert assignments(connection) == before


def test_two_faces_of_one_picture_are_two_people_however_alike(connection: Connection) -> None:
    twins = scene(ANN, 0, 4) + scene(ANN, 0, 4, place=2)
    report = add_run(connection, "one", twins)
    found = whose(connection, report.run_id)
    assert len(report.founded) == 2
    assert all(found[number] != found[number + 5] for number in range(5))


def test_of_two_alike_in_one_picture_one_at_most_is_somebody_known(
    connection: Connection,
) -> None:
    (ann,) = add_run(connection, "one", scene(ANN, 0, 4)).founded
    report = add_run(connection, "two", scene(ANN, 0, 4) + scene(ANN, 0, 4, place=2))
    assert report.joined == (ann,)
    assert len(report.founded) == 1


def test_a_face_too_poor_to_tell_belongs_to_nobody(connection: Connection) -> None:
    report = add_run(connection, "one", [Seen(ANN, 0), Seen(ANN, 1, quality=0.05)])
    assert (report.faces, report.assigned) == (2, 1)
    assert list(whose(connection, report.run_id)) == [0]


def test_blurs_found_nobody_but_join_whom_they_are_like(connection: Connection) -> None:
    blurs = [Seen(ANN, second, quality=0.4) for second in range(3)]
    assert add_run(connection, "one", blurs).assigned == 0
    sharp = add_run(connection, "two", [*blurs, *scene(ANN, 5, 6)])
    assert sharp.assigned == 5


def test_people_of_two_libraries_never_meet(connection: Connection) -> None:
    add_film(connection, "elsewhere", library="others")
    here = add_run(connection, "one", scene(ANN, 0, 2))
    there = add_run(connection, "elsewhere", scene(ANN, 0, 2))
    assert set(here.founded).isdisjoint(there.founded)
    assert there.founded
    assert there.joined == ()


def test_a_library_without_recognition_gets_no_people(connection: Connection) -> None:
    set_recognition(connection, LIBRARY, on=False)
    report = add_run(connection, "one", scene(ANN, 0, 2))
    assert not report.recognised
    assert assignments(connection) == set()
    set_recognition(connection, LIBRARY, on=True)
    assert assign_faces(connection, report.run_id).assigned == 3


def test_a_run_without_faces_is_a_result_too(connection: Connection) -> None:
    report = add_run(connection, "one", [])
    assert (report.faces, report.assigned, report.founded) == (0, 0, ())


def test_the_projection_holds_what_was_assigned(connection: Connection) -> None:
    report = add_run(connection, "one", scene(ANN, 0, 2))
    assert len(whose(connection, report.run_id)) == 3
    assert verify(connection, projection("face_clusters"), ["one"]) == 0


def test_a_wrong_option_of_a_library_is_named(connection: Connection) -> None:
    update_library(connection, LIBRARY, settings={"people": {"threshold": 3}})
    run_id = write_run(connection, "one", scene(ANN, 0, 2))
    with pytest.raises(ConfigurationError, match=r"people\.threshold"):
        assign_faces(connection, run_id)


def test_an_unknown_run_is_refused(connection: Connection) -> None:
    with pytest.raises(NotFoundError):
        assign_faces(connection, "r0")


def test_another_model_finds_the_same_people_at_the_same_places(connection: Connection) -> None:
    faces = scene(ANN, 0, 4) + scene(BOB, 0, 4, place=2) + scene(EVE, 8, 9)
    old = whose(connection, add_run(connection, "one", faces).run_id)
    report = add_run(connection, "one", faces, model="arc")
    assert whose(connection, report.run_id) == old
    assert report.founded == ()


def test_by_another_model_a_new_film_joins_those_who_were_found_by_place(
    connection: Connection,
) -> None:
    (ann,) = add_run(connection, "one", scene(ANN, 0, 4)).founded
    add_run(connection, "one", scene(ANN, 0, 4), model="arc")
    report = add_run(connection, "two", scene(ANN, 5, 6) + scene(EVE, 8, 9), model="arc")
    assert report.joined == (ann,)
    assert len(report.founded) == 1


def test_a_group_that_only_the_new_model_found_is_somebody_new(connection: Connection) -> None:
    add_run(connection, "one", scene(ANN, 0, 4))
    report = add_run(connection, "one", scene(ANN, 0, 4) + scene(BOB, 2, 3, place=4), model="arc")
    assert len(report.joined) == len(report.founded) == 1


def test_two_films_that_are_written_at_once_agree_on_who_is_new(films_engine: Engine) -> None:
    """Without waiting for one another each would found a cluster of its own."""
    with ThreadPoolExecutor(1) as pool, films_engine.connect() as connection:
        first = add_run(connection, "one", scene(ANN, 0, 3))
        second = pool.submit(_written, films_engine, "two")
        with pytest.raises(TimeoutError):
            second.result(timeout=0.3)
        connection.commit()
        assert second.result(timeout=20).joined == first.founded


def test_films_of_two_models_are_put_to_people_one_after_the_other(films_engine: Engine) -> None:
    with ThreadPoolExecutor(1) as pool, films_engine.connect() as connection:
        add_run(connection, "one", scene(ANN, 0, 3))
        other = pool.submit(_written, films_engine, "two", "arc")
        with pytest.raises(TimeoutError):
            other.result(timeout=0.3)
        connection.commit()
        assert len(other.result(timeout=20).founded) == 1


def _written(engine: Engine, film: str, model: str = "sface") -> AssignmentReport:
    with engine.begin() as connection:
        return add_run(connection, film, scene(ANN, 0, 3), model)
