"""Erasing a person leaves nothing that tells them from others, and everybody else as they were."""

from __future__ import annotations

from pathlib import Path

import pytest
from people_making import LIBRARY, Seen, add_film, add_run, scene, vector, whose, write_run
from sqlalchemy import Engine, func, insert, select, text

from rushes.artifacts.projections import projection, verify
from rushes.artifacts.vocabulary import EmbeddingKind
from rushes.db.analysis_tables import embedding_cache, embeddings
from rushes.db.people_tables import face_assignments, people
from rushes.db.tables import artifacts, runs
from rushes.documents import DocumentDraft, DocumentIndex
from rushes.documents import verify as verify_documents
from rushes.errors import InvalidRequestError, NotFoundError
from rushes.people.erasure import ErasureReport, erase
from rushes.people.log import Action, read_log
from rushes.people.service import PeopleService
from rushes.vectors.generations.folder import SpaceFolder
from rushes.vectors.options import IndexOptions
from rushes.vectors.purging import generations_holding
from rushes.vectors.rebuilding import rebuild
from rushes.vectors.store import read_spaces

ANN, BOB = 1, 2


@pytest.fixture
def documents(tmp_path: Path) -> DocumentIndex:
    return DocumentIndex(tmp_path / "documents")


@pytest.fixture
def ann(films_engine: Engine, service: PeopleService, documents: DocumentIndex) -> str:
    """Ann, alone in film one and beside Bob in film two; film three has Bob alone."""
    with films_engine.begin() as connection:
        add_film(connection, "three")
        first = add_run(connection, "one", [*scene(ANN, 0, 3), Seen(ANN, 4, quality=0.05)])
        add_run(connection, "one", scene(ANN, 0, 3), model="arc")
        add_run(connection, "two", scene(ANN, 0, 3) + scene(BOB, 0, 3, place=3))
        add_run(connection, "three", scene(BOB, 0, 3))
    for film in ("one", "two", "three"):
        for stage in ("faces", "scenes"):
            documents.write(_draft(stage, film), raw=b"vectors", parsed=b"boxes", prompt=b"{}")
    service.name(first.founded[0], "Ann Lee")
    return first.founded[0]


def _draft(stage: str, film: str) -> DocumentDraft:
    return DocumentDraft(
        stage=stage,
        asset_id=film,
        content_version=1,
        content_hash=f"hash-{film}",
        config_hash="configuration",
        input_hash="input",
        template_id="sface",
        model_id="sface",
        model_profile="fast",
        producer="yunet",
        producer_version="1",
        run_id="run-1",
    )


def erased(engine: Engine, documents: DocumentIndex) -> ErasureReport:
    return erase(engine, documents, "Ann Lee", "tester")


def counted(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text(f"select count(*) from {table}")).scalar_one())


def test_faces_vectors_and_clusters_go_and_everybody_else_stays(
    films_engine: Engine, documents: DocumentIndex, ann: str
) -> None:
    report = erased(films_engine, documents)
    assert (report.cluster_ids, report.films, report.faces) == ((ann,), 2, 13)
    with films_engine.connect() as connection:
        for table in (artifacts, embeddings, face_assignments):
            assert connection.execute(select(func.count()).select_from(table)).scalar() == 8
        assert len(connection.execute(select(people)).all()) == 1
        assert connection.execute(select(func.count()).select_from(runs)).scalar() == 4
        for film in ("one", "two", "three"):
            assert verify(connection, projection("face_clusters"), [film]) == 0
    assert counted(films_engine, "embedding_tombstones") == 13


def test_documents_with_the_face_go_and_others_stay_whole(
    films_engine: Engine, documents: DocumentIndex, ann: str
) -> None:
    report = erased(films_engine, documents)
    assert len(report.documents) == 2
    left = {(each.stage, each.asset_id) for each in documents.walk()}
    assert left == {("faces", "three"), *(("scenes", film) for film in ("one", "two", "three"))}
    assert verify_documents(documents, deep=True) == []
    assert [path.name for path in (documents.root / "faces").glob("[0-9a-f]*/raw.json")] == [
        "raw.json"
    ]


def test_the_log_tells_of_it_without_a_name(
    films_engine: Engine, documents: DocumentIndex, ann: str
) -> None:
    report = erased(films_engine, documents)
    with films_engine.connect() as connection:
        entries = read_log(connection, LIBRARY)
    assert "Ann" not in repr(entries)
    assert entries[-1].action is Action.ERASE
    assert entries[-1].payload["documents"] == list(report.documents)
    with pytest.raises(NotFoundError):
        erased(films_engine, documents)


def test_it_cannot_be_undone(
    films_engine: Engine, documents: DocumentIndex, service: PeopleService, ann: str
) -> None:
    erased(films_engine, documents)
    with films_engine.connect() as connection:
        entry = read_log(connection, LIBRARY)[-1]
    with pytest.raises(InvalidRequestError) as raised:
        service.undo(entry.entry_id)
    assert raised.value.code == "cannot_undo"


def test_whoever_was_merged_in_or_split_and_taken_back_goes_too(
    films_engine: Engine, documents: DocumentIndex, service: PeopleService, ann: str
) -> None:
    with films_engine.begin() as connection:
        (other,) = add_run(connection, "three", scene(7, 5, 6, place=4)).founded
    service.name(other, "Ann's alias")
    service.merge(ann, [other])
    faces = _faces_of(films_engine, other)[:1]
    service.split(ann, artifact_ids=faces)
    service.undo()
    report = erased(films_engine, documents)
    assert len(report.cluster_ids) == 3
    with films_engine.connect() as connection:
        assert "alias" not in repr(read_log(connection, LIBRARY))
        assert len(connection.execute(select(people)).all()) == 1


def _faces_of(engine: Engine, cluster_id: str) -> list[str]:
    with engine.connect() as connection:
        query = select(face_assignments.c.artifact_id).where(
            face_assignments.c.cluster_id == cluster_id
        )
        return list(connection.execute(query).scalars())


def test_a_new_analysis_finds_somebody_unnamed(
    films_engine: Engine, documents: DocumentIndex, ann: str
) -> None:
    erased(films_engine, documents)
    with films_engine.begin() as connection:
        report = add_run(connection, "one", scene(ANN, 0, 3))
        assert report.joined == ()
        assert report.founded != (ann,)
        rows = connection.execute(select(people.c.name)).scalars().all()
    assert set(rows) == {None}


def test_cached_vectors_go_too(films_engine: Engine, documents: DocumentIndex, ann: str) -> None:
    with films_engine.begin() as connection:
        cached = connection.execute(
            select(embeddings.c.vector)
            .join(face_assignments, face_assignments.c.artifact_id == embeddings.c.artifact_id)
            .where(face_assignments.c.cluster_id == ann, embeddings.c.model == "sface")
        ).scalars()
        for number, each in enumerate([next(cached), vector(BOB)]):
            connection.execute(
                insert(embedding_cache).values(
                    model="sface",
                    model_version="1",
                    dimension=128,
                    input_sha256=bytes([number]) * 32,
                    vector=each,
                    bytes=1,
                )
            )
    erased(films_engine, documents)
    assert counted(films_engine, "embedding_cache") == 1


def test_generations_that_hold_the_vectors_are_named_until_they_are_replaced(
    films_engine: Engine, documents: DocumentIndex, ann: str, tmp_path: Path
) -> None:
    root, options = tmp_path / "vectors", IndexOptions()
    with films_engine.connect() as connection:
        spaces = [each for each in read_spaces(connection) if each.kind is EmbeddingKind.FACE]
        of_ann = (
            select(embeddings.c.vector)
            .join(face_assignments, face_assignments.c.artifact_id == embeddings.c.artifact_id)
            .where(face_assignments.c.cluster_id == ann)
        )
        vectors = [bytes(each) for each in connection.execute(of_ann).scalars()]
    assert {space.model for space in spaces} == {"sface", "arc"}
    folders = [SpaceFolder(root, space) for space in spaces]
    names = [rebuild(films_engine, each, options, reason="test").name for each in folders]
    report = erase(films_engine, documents, "Ann Lee", "tester", vectors_root=root)
    told = " ".join(report.may_still_hold)
    for folder, name in zip(folders, names, strict=True):
        assert name in told
        assert f"rushes vectors rebuild --space {folder.space.key}" in told
    files = [path.read_bytes() for path in root.rglob("*") if path.is_file()]
    assert any(each in data for each in vectors for data in files)
    for folder in folders:
        rebuild(films_engine, folder, options, reason="test")
    files = [path.read_bytes() for path in root.rglob("*") if path.is_file()]
    assert len(vectors) > 5
    assert not any(each in data for each in vectors for data in files)
    assert generations_holding(root, films_engine) == []


def test_an_erasure_stands_where_the_generations_cannot_be_read(
    films_engine: Engine, documents: DocumentIndex, ann: str, tmp_path: Path
) -> None:
    root = tmp_path / "vectors"
    root.write_text("no folder")
    report = erase(films_engine, documents, "Ann Lee", "tester", vectors_root=root)
    assert "rushes vectors status" in report.may_still_hold[-1]
    assert counted(films_engine, "vector_purges") == 2


def test_copies_in_other_libraries_are_named(
    films_engine: Engine, documents: DocumentIndex, ann: str
) -> None:
    with films_engine.begin() as connection:
        add_film(connection, "copy", library="others")
        connection.execute(text("update asset set content_hash = 'hash-one' where asset_id='copy'"))
        run_id = write_run(connection, "copy", scene(ANN, 0, 1))
    report = erased(films_engine, documents)
    assert any("1 copies" in each for each in report.may_still_hold)
    with films_engine.connect() as connection:
        assert whose(connection, run_id) == {}
        kept = select(func.count()).where(artifacts.c.run_id == run_id)
        assert connection.execute(kept).scalar_one() == 2
