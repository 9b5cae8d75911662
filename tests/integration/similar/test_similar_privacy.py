"""What is gone, hidden or not to be recognised never answers, and the page is full all the same."""

from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy import delete, update

from rushes.artifacts.hashing import artifact_id
from rushes.artifacts.vocabulary import ArtifactType, Origin
from rushes.db.people_tables import people
from rushes.db.tables import artifacts, asset, runs
from rushes.people.recognition import set_recognition
from rushes.people.service import PeopleService
from rushes.similar.request import (
    Acquaintance,
    Collapse,
    SimilarFilters,
    SimilarHit,
    SimilarRequest,
)
from rushes.similar.service import SimilarService
from tests.integration.indexed_films import IndexedFilms, scene, segment
from tests.integration.similar.similar_world import (
    FACES,
    PICTURES,
    TEXTS,
    ToyQuestions,
    Vector,
    add_person,
    put_faces,
    toy_service,
    unit,
    write,
)

QUESTION = unit([1, 0, 0, 0, 0])


def face(nearness: float) -> Vector:
    """A vector of that cosine to the question."""
    return unit([nearness, np.sqrt(1 - nearness**2), 0, 0, 0])


@pytest.fixture
def questions() -> ToyQuestions:
    asked = ToyQuestions()
    asked.queries = [(FACES, QUESTION)]
    return asked


@pytest.fixture
def service(films: IndexedFilms, questions: ToyQuestions) -> SimilarService:
    return toy_service(films.engine, questions)


def found(service: SimilarService, limit: int = 1000, **filters: object) -> list[SimilarHit]:
    asked = SimilarFilters(**filters)  # type: ignore[arg-type]
    request = SimilarRequest(
        text="whatever", filters=asked, min_score=0.1, collapse=Collapse.NONE, limit=limit
    )
    return service.search(request).hits


def test_behind_a_thousand_faces_that_may_not_be_shown_lie_the_others(
    films: IndexedFilms, service: SimilarService
) -> None:
    private, open_, hidden = (films.film(library=each) for each in ("private", "open", "open"))
    write(films, private, FACES, [(each * 1000, face(0.99)) for each in range(700)])
    run_id, faces, _ = write(films, hidden, FACES, [(n * 1000, face(0.9)) for n in range(300)])
    add_person(films, "p1", "open", "Ada", hidden=True)
    put_faces(films, "p1", hidden, run_id, faces)
    _, _, shown = write(films, open_, FACES, [(n * 1000, face(0.5 - n / 100)) for n in range(5)])
    with films.engine.begin() as connection:
        set_recognition(connection, "private", on=False)
    assert [each.embedding_id for each in found(service, limit=3)] == shown[:3]
    assert [each.embedding_id for each in found(service)] == shown
    with films.engine.begin() as connection:
        set_recognition(connection, "private", on=True)
        connection.execute(update(people).values(hidden=False))
    assert len(found(service)) == 1000
    assert {each.person and each.person.name for each in found(service)} == {None, "Ada"}


def test_what_was_deleted_or_is_not_selected_any_more_never_answers(
    films: IndexedFilms, service: SimilarService
) -> None:
    films_ = [films.film() for _ in range(3)]
    written = [write(films, each, FACES, [(0, face(0.9)), (1000, face(0.8))]) for each in films_]
    assert len(found(service)) == 6
    with films.engine.begin() as connection:
        connection.execute(delete(artifacts).where(artifacts.c.artifact_id == written[0][1][0]))
        connection.execute(delete(runs).where(runs.c.run_id == written[1][0]))
        connection.execute(delete(asset).where(asset.c.asset_id == films_[2]))
    assert [each.embedding_id for each in found(service)] == [written[0][2][1]]
    newer = write(films, films_[0], FACES, [(0, face(0.3))])
    assert [each.embedding_id for each in found(service)] == newer[2]


def test_a_new_version_of_a_films_content_takes_its_old_moments_along(
    films: IndexedFilms, service: SimilarService
) -> None:
    film = films.film()
    write(films, film, FACES, [(0, face(0.9))])
    with films.engine.begin() as connection:
        connection.execute(update(asset).values(content_version=2))
    assert found(service) == []


def test_faces_are_told_by_whether_somebody_named_them(
    films: IndexedFilms, service: SimilarService
) -> None:
    film = films.film()
    run_id, faces, ids = write(films, film, FACES, [(n * 1000, face(0.9)) for n in range(4)])
    for number in range(3):
        add_person(films, f"p{number}", "films")
        put_faces(films, f"p{number}", film, run_id, [faces[number]])
    known = PeopleService(films.engine, "tester")
    known.name("p0", "Ada")
    known.merge("p0", ["p1"])
    by_id = {each.embedding_id: each.person for each in found(service)}
    assert [by_id[each] and by_id[each].name for each in ids] == ["Ada", "Ada", None, None]
    assert [by_id[each] and by_id[each].cluster_id for each in ids] == ["p0", "p0", "p2", None]
    named = found(service, people=Acquaintance.NAMED)
    unnamed = found(service, people=Acquaintance.UNNAMED)
    assert {each.embedding_id for each in named} == {*ids[:2]}
    assert {each.embedding_id for each in unnamed} == {*ids[2:]}


def test_of_many_equal_moments_each_page_shows_others(
    films: IndexedFilms, service: SimilarService
) -> None:
    for _ in range(3):
        write(films, films.film(), FACES, [(n * 1000, face(0.7)) for n in range(90)])
    everything = [each.embedding_id for each in found(service)]
    assert everything == sorted(everything)
    pages = []
    for offset in range(0, 270, 30):
        request = SimilarRequest(
            text="whatever", min_score=0.1, collapse=Collapse.NONE, limit=30, offset=offset
        )
        answer = service.search(request)
        assert answer.has_more == (offset < 240)
        pages += [each.embedding_id for each in answer.hits]
    assert pages == everything


def test_a_scene_counts_all_of_its_moments_however_few_hits_are_asked_for(
    films: IndexedFilms, service: SimilarService, questions: ToyQuestions
) -> None:
    questions.queries = [(PICTURES, unit([1, *[0] * 7]))]
    long, other = films.film(), films.film()
    films.run(long, [scene(0, 500_000, 0), scene(500_000, 900_000, 1)])
    near = [0.9 - number / 2000 for number in range(500)]
    moments = [(n * 1000, unit([s, np.sqrt(1 - s * s), *[0] * 6])) for n, s in enumerate(near)]
    write(films, long, PICTURES, moments)
    write(films, other, PICTURES, [(0, unit([0.95, 0.3, *[0] * 6]))])
    answer = service.search(SimilarRequest(text="whatever", min_score=0.75, limit=1))
    assert [(each.asset_id, each.others) for each in answer.hits] == [(other, 0)]
    assert answer.has_more
    answer = service.search(SimilarRequest(text="whatever", min_score=0.75, limit=1, offset=1))
    (hit,) = answer.hits
    assert (hit.asset_id, hit.scene_index, hit.others) == (long, 0, 300)
    assert (hit.scene_start_ms, hit.scene_end_ms) == (0, 500_000)
    assert not answer.has_more


def test_what_a_correction_replaces_is_no_answer(
    films: IndexedFilms, service: SimilarService
) -> None:
    film = films.film()
    run_id, _, ids = write(films, film, FACES, [(0, face(0.9)), (1000, face(0.8))])
    with films.engine.begin() as connection:
        connection.exec_driver_sql(
            "insert into replaced_artifacts values (%s, 'by', %s, 'faces')",
            (artifact_id(run_id, ArtifactType.FACE_DETECTION, 0), film),
        )
    assert [each.embedding_id for each in found(service)] == ids[1:]


def test_a_window_of_words_that_somebody_corrected_is_no_answer(
    films: IndexedFilms, service: SimilarService, questions: ToyQuestions
) -> None:
    asked = unit([1, 0, 0, 0, 0, 0])
    questions.queries = [(TEXTS, asked)]
    film = films.film()
    films.run(film, [segment("words 0", 0, 1000), segment("words 1", 1000, 2000)])
    _, _, ids = write(films, film, TEXTS, [(0, asked), (1000, asked)])
    assert len(found(service)) == 2
    films.run(film, [segment("swords", 0, 1000)], origin=Origin.HUMAN)
    assert [each.embedding_id for each in found(service)] == ids[1:]
