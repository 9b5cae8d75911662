"""What asks: an artifact, what its span holds, a person; and what is refused before anything."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from rushes.artifacts.hashing import artifact_id
from rushes.artifacts.vocabulary import ArtifactType, EmbeddingKind
from rushes.errors import RushesError
from rushes.people.recognition import set_recognition
from rushes.pipeline.context import PipelineContext
from rushes.settings import Settings
from rushes.similar.query_vectors import QuestionVectors
from rushes.similar.request import Collapse, SimilarFilters, SimilarRequest
from rushes.similar.service import SimilarService
from rushes.vectors.errors import VectorsUnavailableError
from rushes.vectors.space import EmbeddingSpace
from tests.integration.indexed_films import IndexedFilms, scene, segment
from tests.integration.similar.similar_world import (
    FACES,
    PICTURES,
    TEXTS,
    ToyIndexes,
    ToyQuestions,
    add_person,
    put_faces,
    unit,
    write,
)


@pytest.fixture
def context(films: IndexedFilms, data_dir: Path) -> PipelineContext:
    return PipelineContext(Settings(data_dir=data_dir, cpu_threads=1), films.engine)


@pytest.fixture
def service(films: IndexedFilms, context: PipelineContext) -> SimilarService:
    indexes = ToyIndexes(films.engine)
    return SimilarService(films.engine, lambda: indexes, QuestionVectors(context))


def ids(service: SimilarService, **asked: Any) -> list[str]:
    request = SimilarRequest(**{"min_score": -1.0, "collapse": Collapse.NONE, **asked})
    return [each.embedding_id for each in service.search(request).hits]


def code(service: SimilarService, **asked: Any) -> str:
    with pytest.raises(RushesError) as refused:
        service.search(SimilarRequest(**asked))
    assert refused.value.http_status in (404, 422, 503)
    return refused.value.code


def test_more_like_a_frame_leaves_the_frame_itself_out(
    films: IndexedFilms, service: SimilarService
) -> None:
    vectors = [unit([1, n / 5, *[0] * 6]) for n in range(4)]
    _, made, found = write(films, films.film(), PICTURES, [(n, v) for n, v in enumerate(vectors)])
    assert ids(service, artifact_id=made[0]) == found[1:]
    assert ids(service, artifact_id=made[3], limit=1) == [found[2]]


def test_more_like_a_scene_asks_with_the_mean_of_what_it_shows(
    films: IndexedFilms, service: SimilarService
) -> None:
    film, other = films.film(), films.film()
    cuts = films.run(film, [scene(0, 2000), scene(2000, 4000, 1)])
    said = films.run(film, [segment("hello", 0, 1500)])
    one, two, third = unit([1, 0, *[0] * 6]), unit([0, 1, *[0] * 6]), unit([0, 0, 1, *[0] * 5])
    write(films, film, PICTURES, [(0, third), (1000, third)])  # an older run has no say
    write(films, film, PICTURES, [(0, one), (1000, two), (2000, third)])
    between = unit([1, 1, 0.2, *[0] * 5])
    _, _, (like, unlike) = write(films, other, PICTURES, [(0, between), (1000, unit([1] * 8))])
    _, _, text = write(films, other, TEXTS, [(0, unit([1, 0, 0, 0, 0, 0]))])
    write(films, film, TEXTS, [(0, unit([1, 0.1, 0, 0, 0, 0]))])
    first = artifact_id(cuts, ArtifactType.SCENE, 0)
    answer = service.search(
        SimilarRequest(artifact_id=first, min_score=0.1, collapse=Collapse.NONE)
    )
    assert [each.embedding_id for each in answer.hits] == [like, unlike]
    assert answer.hits[0].score == pytest.approx(float(unit([1, 1, *[0] * 6]) @ between), abs=1e-5)
    assert ids(service, artifact_id=first, kind=EmbeddingKind.TEXT) == text
    spoken = artifact_id(said, ArtifactType.TRANSCRIPT_SEGMENT, 0)
    assert ids(service, artifact_id=spoken) == text


def test_a_person_is_asked_by_every_cluster_that_is_them(
    films: IndexedFilms, service: SimilarService
) -> None:
    film = films.film()
    young, old = unit([1, 0, 0, 0, 0]), unit([0, 1, 0, 0, 0])
    run_id, faces, found = write(
        films, film, FACES, [(0, young), (1000, old), (2000, unit([0.9, 0, 0.2, 0, 0]))]
    )
    for number, cluster in enumerate(("p1", "p2")):
        add_person(films, cluster, "films", "Ada")
        put_faces(films, cluster, film, run_id, [faces[number]])
    with films.engine.begin() as connection:
        connection.exec_driver_sql("update people set effective_id = 'p1'")
    for asked in ("Ada", "ada", "p1", "p2"):
        answer = service.search(SimilarRequest(face=asked, collapse=Collapse.NONE, min_score=0.5))
        scores = {each.embedding_id: round(each.score, 3) for each in answer.hits}
        assert scores == {found[0]: 1.0, found[1]: 1.0, found[2]: 0.976}
    assert ids(service, face=faces[0], min_score=0.5) == [found[2]]
    assert ids(service, artifact_id=faces[0], min_score=0.5) == [found[2]]


def test_a_face_of_a_library_without_recognition_may_not_ask_either(
    films: IndexedFilms, service: SimilarService
) -> None:
    film = films.film()
    run_id, faces, _ = write(films, film, FACES, [(0, unit([1, 0, 0, 0, 0]))])
    add_person(films, "p1", "films", "Ada")
    put_faces(films, "p1", film, run_id, faces)
    with films.engine.begin() as connection:
        set_recognition(connection, "films", on=False)
    assert code(service, face="Ada") == "recognition_off"
    assert code(service, face=faces[0]) == "recognition_off"
    assert code(service, artifact_id=faces[0]) == "recognition_off"


def test_a_hidden_person_may_not_ask_nor_may_one_of_their_faces(
    films: IndexedFilms, service: SimilarService
) -> None:
    film = films.film()
    looks = unit([1, 0, 0, 0, 0])
    run_id, faces, _ = write(films, film, FACES, [(0, looks), (1000, looks)])
    add_person(films, "p1", "films", "Ada", hidden=True)
    put_faces(films, "p1", film, run_id, faces[:1])
    for asked in ("Ada", "p1", faces[0]):
        assert code(service, face=asked) == "person_hidden"
    assert code(service, artifact_id=faces[0]) == "person_hidden"


def test_what_cannot_ask_is_refused_with_a_code(
    films: IndexedFilms, service: SimilarService
) -> None:
    film = films.film()
    cuts = films.run(film, [scene(0, 2000)])
    add_person(films, "p1", "films", "Ada")
    lonely = artifact_id(cuts, ArtifactType.SCENE, 0)
    now = datetime(2024, 5, 1, tzinfo=UTC)
    given: list[tuple[dict[str, Any], str]] = [
        ({}, "one_question"),
        ({"text": "a", "face": "b"}, "one_question"),
        ({"text": ""}, "empty_query"),
        ({"text": " \0\ud800 "}, "empty_query"),
        ({"text": "x" * 2001}, "query_too_long"),
        ({"text": "a", "kind": EmbeddingKind.FACE}, "bad_kind"),
        ({"image": b"a", "kind": EmbeddingKind.TEXT}, "bad_kind"),
        ({"face": "a", "kind": EmbeddingKind.IMAGE}, "bad_kind"),
        ({"text": "a", "min_score": float("nan")}, "bad_filter"),
        ({"text": "a", "min_score": float("inf")}, "bad_filter"),
        ({"text": "a", "min_score": 1.001}, "bad_filter"),
        ({"text": "a", "limit": 0}, "page_out_of_bounds"),
        ({"text": "a", "offset": -1}, "page_out_of_bounds"),
        ({"text": "a", "offset": 2**70}, "page_out_of_bounds"),
        ({"text": "a", "limit": 1000, "offset": 9001}, "page_out_of_bounds"),
        ({"artifact_id": "no\0where\udfff"}, "artifact_not_found"),
        ({"artifact_id": ""}, "artifact_not_found"),
        ({"artifact_id": lonely}, "no_vector"),
        ({"artifact_id": lonely, "kind": EmbeddingKind.FACE}, "bad_kind"),
        ({"face": "nobody\0\ud800"}, "person_not_found"),
        ({"face": ""}, "person_not_found"),
        ({"face": lonely}, "person_not_found"),
        ({"face": "Ada"}, "no_vector"),
        *(
            ({"text": "a", "filters": SimilarFilters(**each)}, wanted)
            for each, wanted in (
                ({"libraries": ("nowhere\0\ud800",)}, "library_not_found"),
                ({"asset_ids": ("\udfff",)}, "video_not_found"),
                ({"sources": ("object",)}, "bad_filter"),
                ({"profiles": ("best\ud800",)}, "bad_filter"),
                ({"captured_from": datetime(2024, 1, 1)}, "bad_filter"),  # noqa: DTZ001
                ({"captured_from": now, "captured_to": now.replace(year=2023)}, "bad_filter"),
                ({"start_ms": -1}, "bad_filter"),
                ({"end_ms": 2**63}, "bad_filter"),
                ({"start_ms": 5, "end_ms": 5}, "bad_filter"),
                ({"libraries": ("films",) * 5001}, "bad_filter"),
            )
        ),
    ]
    assert [(asked, code(service, **asked)) for asked, _ in given] == given


def test_filters_that_no_vector_of_the_question_can_meet_are_refused(
    films: IndexedFilms, service: SimilarService
) -> None:
    _, made, _ = write(films, films.film(), PICTURES, [(0, unit([1] * 8))])
    asked = {"artifact_id": made[0], "filters": SimilarFilters(sources=("ocr",))}
    assert code(service, **asked) == "bad_filter"


def test_without_any_vectors_there_is_nothing_and_nothing_is_missing(
    service: SimilarService,
) -> None:
    answer = service.search(SimilarRequest(text="a dog"))
    assert (answer.hits, answer.spaces, answer.missing, answer.has_more) == ([], [], [], False)


def test_a_space_whose_model_is_not_here_is_missing_loudly(
    films: IndexedFilms, service: SimilarService, caplog: pytest.LogCaptureFixture
) -> None:
    write(films, films.film(), TEXTS, [(0, unit([1] * 6))])
    with pytest.raises(VectorsUnavailableError) as refused:
        service.search(SimilarRequest(text="a dog"))
    assert TEXTS.key in refused.value.message
    assert refused.value.remedy
    assert TEXTS.key in caplog.text


def test_an_index_that_is_away_is_missing_and_the_others_answer(
    films: IndexedFilms, caplog: pytest.LogCaptureFixture
) -> None:
    class OneIsAway(ToyIndexes):
        away: tuple[EmbeddingSpace, ...] = (TEXTS,)

        def of(self, space: EmbeddingSpace) -> Any:
            if space in self.away:
                raise VectorsUnavailableError("it is being read", code="vectors_loading")
            return super().of(space)

    film = films.film()
    write(films, film, TEXTS, [(0, unit([1] * 6))])
    _, _, found = write(films, film, PICTURES, [(0, unit([1] * 8))])
    questions, indexes = ToyQuestions(), OneIsAway(films.engine)
    questions.queries = [(TEXTS, unit([1] * 6)), (PICTURES, unit([1] * 8))]
    service = SimilarService(films.engine, lambda: indexes, questions)
    answer = service.search(SimilarRequest(text="a dog"))
    assert [each.embedding_id for each in answer.hits] == found
    assert [each.what for each in answer.missing] == [TEXTS.key]
    assert [each.key for each in answer.spaces] == [PICTURES.key]
    indexes.away = (TEXTS, PICTURES)
    with pytest.raises(VectorsUnavailableError):
        service.search(SimilarRequest(text="a dog"))
    assert "nothing can be asked" in caplog.text


def _picture(size: tuple[int, int], kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (*reversed(size), 3), dtype=np.uint8)
    Image.fromarray(noise).save(out, kind, **options)
    return out.getvalue()


def _bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be large, of zeros that pack well."""

    def chunk(name: bytes, data: bytes) -> bytes:
        checksum = zlib.crc32(name + data)
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", checksum)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1_000_000), 9)
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("image", "wanted"),
    [
        (b"", "not_a_picture"),
        (b"\0" * 1000, "not_a_picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_a_picture"),
        (_picture((300, 200), "JPEG")[:5000], "not_a_picture"),
        (_picture((300, 200), "PNG")[:-2000], "not_a_picture"),
        (_picture((300, 200), "PDF"), "not_a_picture"),
        (b"--x\r\nContent-Disposition: form-data\r\n\r\n", "not_a_picture"),
        (_bomb(50_000, 50_000), "picture_too_large"),
        (_bomb(2**31 - 1, 2**31 - 1), "picture_too_large"),
        (_bomb(9000, 9000), "picture_too_large"),
        (_bomb(0, 100), "not_a_picture"),
        (bytes(33 * 2**20), "picture_too_large"),
    ],
    ids=range(12),
)
@pytest.mark.parametrize("kind", [EmbeddingKind.IMAGE, EmbeddingKind.FACE])
def test_what_is_no_picture_is_refused_before_any_model_is_asked(
    service: SimilarService, image: bytes, wanted: str, kind: EmbeddingKind
) -> None:
    assert code(service, image=image, kind=kind) == wanted


def test_a_name_of_two_libraries_is_meant_in_the_one_that_is_asked(
    films: IndexedFilms, service: SimilarService
) -> None:
    for library in "ab":
        film = films.film(library=library)
        run_id, faces, _ = write(films, film, FACES, [(0, unit([1, ord(library), 0, 0, 0]))])
        add_person(films, f"p{library}", library, "Ada")
        put_faces(films, f"p{library}", film, run_id, faces)
    assert code(service, face="Ada") == "ambiguous_person"
    asked = SimilarRequest(face="Ada", filters=SimilarFilters(libraries=("b",)))
    (hit,) = service.search(asked).hits
    assert (hit.library, hit.score) == ("b", pytest.approx(1.0))
    both = replace(asked, filters=SimilarFilters(libraries=("a", "b")))
    with pytest.raises(RushesError, match="may be any of"):
        service.search(both)
