"""What people say about people: it holds at once, survives the machine, and can be taken back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from people_making import LIBRARY, Seen, add_film, add_run, face_id, people_rows, scene, whose
from settling import settle
from sqlalchemy import Engine, func, select

from rushes.artifacts.projections import projection, verify
from rushes.db.people_tables import face_assignments, face_clusters, people
from rushes.db.tables import asset
from rushes.errors import InvalidRequestError, NotFoundError
from rushes.people.listing import find_person, list_people
from rushes.people.log import read_log
from rushes.people.recluster import recluster
from rushes.people.separation import FilmSpan
from rushes.people.service import PeopleService

ANN, BOB, EVE = 1, 2, 3


@pytest.fixture
def cast(films_engine: Engine) -> tuple[str, str, str]:
    """The clusters of Ann, Bob and Eve, who are in both films, and the run of the first."""
    with films_engine.begin() as connection:
        faces = scene(ANN, 0, 3) + scene(BOB, 2, 5, place=2) + scene(EVE, 8, 9)
        ann, bob, eve = add_run(connection, "one", faces).founded
        add_run(connection, "two", scene(EVE, 0, 3) + scene(ANN, 6, 9))
    return ann, bob, eve


def shown(engine: Engine) -> dict[str, tuple[str, str]]:
    """artifact -> person and name, by the projection."""
    with engine.connect() as connection:
        query = select(face_clusters.c.artifact_id, people.c.cluster_id, people.c.name).join(
            people, people.c.cluster_id == face_clusters.c.cluster_id
        )
        return {row[0]: (row[1], row[2]) for row in connection.execute(query)}


def is_derived(engine: Engine, library: str = LIBRARY) -> bool:
    with engine.connect() as connection:
        query = select(asset.c.asset_id).where(asset.c.library_slug == library)
        films = list(connection.execute(query).scalars())
        return verify(connection, projection("face_clusters"), films) == 0


def names(engine: Engine) -> list[tuple[str | None, int]]:
    with engine.connect() as connection:
        return [(each.person.name, each.faces) for each in list_people(connection)]


def test_a_name_stands_beside_the_person(
    films_engine: Engine, service: PeopleService, cast: tuple[str, str, str]
) -> None:
    change = service.name(cast[0], "  Ann   Lee ")
    assert change.person is not None
    assert (change.person.name, change.entry.author) == ("Ann Lee", "tester")
    with films_engine.connect() as connection:
        assert find_person(connection, "ann lee").cluster_id == cast[0]
    service.name("ANN LEE", "")
    assert {name for name, _ in names(films_engine)} == {None}


@pytest.mark.parametrize("name", ["x" * 201, "bell\x07", "nul\x00"])
def test_a_name_that_cannot_be_printed_is_refused(
    service: PeopleService, cast: tuple[str, str, str], name: str
) -> None:
    with pytest.raises(InvalidRequestError):
        service.name(cast[0], name)


def test_a_merge_keeps_the_first_id_and_any_name(
    films_engine: Engine, service: PeopleService, cast: tuple[str, str, str]
) -> None:
    ann, bob, _ = cast
    service.name(bob, "Bob")
    change = service.merge(ann, ["Bob"])
    assert change.person is not None
    assert (change.person.cluster_id, change.person.name) == (ann, "Bob")
    assert ("Bob", 12) in names(films_engine)
    assert {person for person, _ in shown(films_engine).values()} == {ann, cast[2]}
    service.name(ann, "Ann")
    assert ("Ann", 12) in names(films_engine)


def test_undoing_a_merge_brings_everything_back(
    films_engine: Engine, service: PeopleService, cast: tuple[str, str, str]
) -> None:
    service.name(cast[1], "Bob")
    before = shown(films_engine)
    with films_engine.connect() as connection:
        rows = people_rows(connection)
    service.merge(cast[0], list(cast[1:]))
    assert shown(films_engine) != before
    service.undo()
    with films_engine.connect() as connection:
        assert people_rows(connection) == rows
    assert shown(films_engine) == before
    assert is_derived(films_engine)


def test_who_was_said_to_be_two_cannot_be_merged(
    films_engine: Engine, service: PeopleService, cast: tuple[str, str, str]
) -> None:
    ann, bob, eve = cast
    service.cannot_link(ann, bob)
    service.merge(bob, [eve])
    before = shown(films_engine)
    with pytest.raises(InvalidRequestError) as raised:
        service.merge(eve, [ann])
    assert raised.value.code == "people_conflict"
    assert shown(films_engine) == before
    with films_engine.connect() as connection:
        assert len(read_log(connection, LIBRARY)) == 2
    with pytest.raises(InvalidRequestError, match="one person"):
        service.cannot_link(bob, eve)


def test_a_merge_that_was_undone_does_not_return_against_a_later_word(
    service: PeopleService, cast: tuple[str, str, str]
) -> None:
    service.merge(cast[0], [cast[1]])
    undo = service.undo()
    service.cannot_link(cast[0], cast[1])
    with pytest.raises(InvalidRequestError) as raised:
        service.undo(undo.entry.entry_id)
    assert raised.value.code == "people_conflict"


def test_a_split_makes_somebody_new_who_is_not_merged_back(
    films_engine: Engine, service: PeopleService, cast: tuple[str, str, str]
) -> None:
    ann = cast[0]
    service.name(ann, "Ann")
    before = shown(films_engine)
    change = service.split("Ann", spans=[FilmSpan("two", 7 * 1000)])
    assert change.person is not None
    new = change.person.cluster_id
    moved = {face for face, person in shown(films_engine).items() if person == (new, None)}
    assert len(moved) == 4
    assert {before[face] for face in moved} == {(ann, "Ann")}
    with pytest.raises(InvalidRequestError) as raised:
        service.merge(ann, [new])
    assert raised.value.code == "people_conflict"
    assert is_derived(films_engine)
    service.undo(change.entry.entry_id)
    assert shown(films_engine) == before


def test_who_was_split_off_is_known_in_later_films(
    films_engine: Engine, service: PeopleService, cast: tuple[str, str, str]
) -> None:
    """The faces of Ann and of Bob were one person's by mistake; each attracts its own now."""
    with films_engine.begin() as connection:
        add_film(connection, "mixed")
        run_id = add_run(connection, "mixed", scene(4, 0, 3) + scene(5, 5, 8)).run_id
        four, five = dict.fromkeys(whose(connection, run_id).values())
    service.merge(four, [five])
    span = FilmSpan("mixed", 5000, 9000)
    change = service.split(four, spans=[span])
    assert change.person is not None
    with films_engine.begin() as connection:
        add_film(connection, "later")
        report = add_run(connection, "later", scene(5, 0, 3) + scene(4, 6, 9))
        found = whose(connection, report.run_id)
    assert set(found.values()) == {four, change.person.cluster_id}
    assert found[0] == change.person.cluster_id
    service.undo(change.entry.entry_id)
    with films_engine.connect() as connection:
        assert set(whose(connection, report.run_id).values()) == {four}
    assert is_derived(films_engine)


@pytest.mark.parametrize(
    ("spans", "faces"),
    [([], []), ([FilmSpan("one", 60_000)], []), ([FilmSpan("one", 0, 10**6)], []), ([], ["x"])],
)
def test_a_split_of_nobody_is_refused(
    service: PeopleService,
    cast: tuple[str, str, str],
    spans: list[FilmSpan],
    faces: list[str],
) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        service.split(cast[1], spans=spans, artifact_ids=faces)
    assert raised.value.code == "nothing_to_split"


def test_the_hidden_are_in_no_list_until_they_are_shown_again(
    films_engine: Engine, service: PeopleService, cast: tuple[str, str, str]
) -> None:
    before = shown(films_engine)
    service.hide(cast[2])
    assert cast[2] not in {person for person, _ in shown(films_engine).values()}
    with films_engine.connect() as connection:
        assert len(list_people(connection)) == 2
        assert len(list_people(connection, include_hidden=True)) == 3
    assert is_derived(films_engine)
    service.unhide(cast[2])
    assert shown(films_engine) == before


def test_an_undo_can_be_undone_and_nothing_twice(
    films_engine: Engine, service: PeopleService, cast: tuple[str, str, str]
) -> None:
    named = service.name(cast[0], "Ann")
    undo = service.undo()
    with pytest.raises(InvalidRequestError, match="already"):
        service.undo(named.entry.entry_id)
    with pytest.raises(NotFoundError, match="nothing to undo"):
        service.undo()
    service.undo(undo.entry.entry_id)
    assert ("Ann", 8) in names(films_engine)


def test_who_is_not_there_is_not_found(service: PeopleService, cast: tuple[str, str, str]) -> None:
    for call in (lambda: service.name("Zoe", "x"), lambda: service.merge(cast[0], ["Zoe"])):
        with pytest.raises(NotFoundError) as raised:
            call()
        assert raised.value.code == "person_not_found"
    with pytest.raises(NotFoundError) as raised:
        service.undo(12345)
    assert raised.value.code == "entry_not_found"


def test_a_name_of_two_people_asks_which(
    service: PeopleService, cast: tuple[str, str, str]
) -> None:
    for each in cast[:2]:
        service.name(each, "Sam")
    with pytest.raises(InvalidRequestError, match=cast[1]) as raised:
        service.hide("Sam")
    assert raised.value.code == "ambiguous_person"


def test_names_survive_another_model_and_a_new_grouping(
    films_engine: Engine, service: PeopleService, cast: tuple[str, str, str]
) -> None:
    ann, bob, eve = cast
    service.name(ann, "Ann")
    service.merge(bob, [eve])
    service.name(bob, "Bobeve")
    before = names(films_engine)
    with films_engine.begin() as connection:
        faces = scene(ANN, 0, 3) + scene(BOB, 2, 5, place=2) + scene(EVE, 8, 9)
        add_run(connection, "one", faces, model="arc")
        add_run(connection, "two", scene(EVE, 0, 3) + scene(ANN, 6, 9), model="arc")
    assert names(films_engine) == before
    for _ in range(2):
        with films_engine.begin() as connection:
            report = recluster(connection, LIBRARY)
        assert (report.faces, report.founded, report.gone) == (18, 0, 0)
        assert names(films_engine) == before
        assert is_derived(films_engine)
    service.undo()
    service.undo()
    assert names(films_engine)[0] == ("Ann", 8)
    assert len(names(films_engine)) == 3


def test_who_was_parted_by_hand_stays_parted_under_another_model_and_a_new_grouping(
    films_engine: Engine, service: PeopleService
) -> None:
    with films_engine.begin() as connection:
        run_id = add_run(connection, "one", scene(ANN, 0, 5)).run_id
        ann = whose(connection, run_id)[0]
    change = service.split(ann, artifact_ids=[face_id(run_id, number) for number in (0, 1)])
    assert change.person is not None
    parted = [change.person.cluster_id] * 2 + [ann] * 4
    with films_engine.begin() as connection:
        newer = add_run(connection, "one", scene(ANN, 0, 5), model="arc").run_id
        assert list(dict(sorted(whose(connection, newer).items())).values()) == parted
        recluster(connection, LIBRARY)
        for each in (run_id, newer):
            assert list(dict(sorted(whose(connection, each).items())).values()) == parted


def test_a_new_grouping_joins_what_came_in_pieces_and_keeps_the_larger_id(
    films_engine: Engine,
) -> None:
    with films_engine.begin() as connection:
        report = add_run(connection, "one", scene(ANN, 0, 5))
        (whole,) = report.founded
        piece = [face_id(report.run_id, number) for number in range(2)]
        connection.execute(
            people.insert().values(cluster_id="piece", library_slug=LIBRARY, effective_id="piece")
        )
        connection.execute(
            face_assignments.update()
            .where(face_assignments.c.artifact_id.in_(piece))
            .values(cluster_id="piece")
        )
        settle(connection)
        report = recluster(connection, LIBRARY)
        assert (report.kept, report.founded, report.gone) == (1, 0, 1)
        assert list(people_rows(connection)) == [whole]
    assert is_derived(films_engine)


OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(["name", "merge", "split", "hide", "unhide", "cannot_link"]),
        st.integers(0, 9),
        st.integers(0, 9),
    ),
    min_size=1,
    max_size=7,
)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(operations=OPERATIONS, newcomer=st.integers(0, 6))
def test_each_word_taken_back_is_as_if_never_said_and_the_projection_follows(
    films_engine: Engine, operations: list[tuple[str, int, int]], newcomer: int
) -> None:
    library = _fresh_library(films_engine)
    service = PeopleService(films_engine, "tester", library)
    for number, (what, one, other) in enumerate(operations):
        before = _state(films_engine, library)
        people_now = sorted({person for person, _, _ in before.values()})
        call = _call(service, library, what, people_now, one, other)
        try:
            change = call()
        except InvalidRequestError:
            assert _state(films_engine, library) == before
            continue
        after = _state(films_engine, library)
        assert is_derived(films_engine, library)
        undo = service.undo(change.entry.entry_id)  # type: ignore[attr-defined]
        assert _state(films_engine, library) == before
        service.undo(undo.entry.entry_id)
        assert _state(films_engine, library) == after
        if number == newcomer:
            with films_engine.begin() as connection:
                film = add_film(connection, f"{library}-late", library)
                add_run(connection, film, scene(number % 4, 0, 2))
            assert _state(films_engine, library).items() >= after.items()
        assert is_derived(films_engine, library)


def _call(
    service: PeopleService, library: str, what: str, people_now: list[str], one: int, other: int
) -> Callable[[], object]:
    person = people_now[one % len(people_now)]
    second = people_now[other % len(people_now)]
    span = FilmSpan(f"{library}-{one % 2}", 1000 * other, 1000 * other + 1500)
    return {
        "name": lambda: service.name(person, f"name {other}"),
        "merge": lambda: service.merge(person, [second]),
        "split": lambda: service.split(person, spans=[span]),
        "hide": lambda: service.hide(person),
        "unhide": lambda: service.unhide(person),
        "cannot_link": lambda: service.cannot_link(person, second),
    }[what]


def _fresh_library(engine: Engine) -> str:
    with engine.begin() as connection:
        number = len(connection.execute(select(people.c.library_slug).distinct()).all())
        library = f"library{number}"
        for film in range(2):
            asset_id = add_film(connection, f"{library}-{film}", library)
            faces = [Seen(person, second, person) for person in range(4) for second in range(4)]
            add_run(connection, asset_id, faces)
    return library


def _state(engine: Engine, library: str) -> dict[str, tuple[str, str | None, bool]]:
    """Every face with its person, name and hiding, hidden ones too."""
    with engine.connect() as connection:
        faces = face_assignments
        cluster = func.coalesce(faces.c.split_id, faces.c.cluster_id)
        rows = connection.execute(
            select(faces.c.artifact_id, people.c.effective_id, people.c.name, people.c.hidden)
            .join(people, people.c.cluster_id == cluster)
            .where(people.c.library_slug == library)
        )
        return {row[0]: (row[1], row[2], row[3]) for row in rows}
