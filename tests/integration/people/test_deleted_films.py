"""What becomes of people when films with their faces are deleted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from people_making import LIBRARY, add_film, add_run, people_rows, scene
from sqlalchemy import Engine, insert, select

from rushes.db.analysis_tables import embedding_cache, embedding_tombstones, embeddings
from rushes.db.people_tables import face_assignments
from rushes.people.log import Action, append
from rushes.people.state import follow_log
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.deletion import FilmDeletion
from rushes.settings import Settings
from tests.idle_runner import IdleRunner

ANN, BEN, CLEO = 1, 2, 3


@pytest.fixture
def deletion(engine: Engine, data_dir: Path) -> Iterator[FilmDeletion]:
    context = PipelineContext(Settings(data_dir=data_dir), engine)
    yield FilmDeletion(context, IdleRunner(), "test")
    context.close()


def test_people_seen_nowhere_else_go_unless_somebody_spoke_of_them(
    engine: Engine, deletion: FilmDeletion
) -> None:
    with engine.begin() as connection:
        for film in ("doomed", "other"):
            add_film(connection, film)
        ann, ben = add_run(connection, "doomed", [*scene(ANN, 0, 9), *scene(BEN, 20, 29)]).founded
        joined = add_run(connection, "other", [*scene(ANN, 0, 9), *scene(CLEO, 20, 29)])
        assert joined.joined == (ann,)
    with engine.begin() as connection:
        named = add_run(connection, add_film(connection, "named"), scene(4, 0, 9)).founded[0]
        append(connection, LIBRARY, Action.NAME, {"cluster_id": named, "name": "Dee"}, "test")
        follow_log(connection, LIBRARY, 10)
    deletion.delete(["doomed", "named"])
    with engine.connect() as connection:
        assert set(people_rows(connection)) == {ann, *joined.founded, named}
        faces = connection.execute(select(face_assignments)).all()
    assert ben not in {each.cluster_id for each in faces}
    of_ann = [each for each in faces if each.cluster_id == ann]
    assert {each.asset_id for each in of_ann} == {"other"}
    assert any(each.is_exemplar for each in of_ann)


def test_vectors_leave_tombstones_and_the_faces_leave_the_cache(
    engine: Engine, deletion: FilmDeletion
) -> None:
    with engine.begin() as connection:
        add_run(connection, add_film(connection, "doomed"), scene(ANN, 0, 9))
        vectors = connection.execute(select(embeddings)).all()
        connection.execute(
            insert(embedding_cache),
            [
                {
                    "model": each.model,
                    "model_version": each.model_version,
                    "dimension": each.dimension,
                    "input_sha256": number.to_bytes(32),
                    "vector": each.vector,
                    "bytes": 1,
                }
                for number, each in enumerate(vectors)
            ],
        )
    deletion.delete(["doomed"])
    with engine.connect() as connection:
        buried = set(connection.scalars(select(embedding_tombstones.c.embedding_id)))
        assert buried == {each.embedding_id for each in vectors}
        assert connection.execute(select(embedding_cache)).all() == []
