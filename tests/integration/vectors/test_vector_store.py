"""Embeddings: written once, numbered in order, and missed when they go."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Connection, Table, delete, func, select, text
from sqlalchemy.exc import IntegrityError
from vector_making import IMAGE, TEXT, rows_of_a_new_run, vector

from rushes.db.analysis_tables import embedding_tombstones, embeddings
from rushes.db.tables import artifacts, asset, runs
from rushes.errors import InvalidRequestError
from rushes.vectors.store import EmbeddingRow, changes_since, write_embeddings
from tests.integration.indexed_films import IndexedFilms


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def _written(films: IndexedFilms, film: str | None = None) -> list[EmbeddingRow]:
    with films.engine.begin() as connection:
        rows = rows_of_a_new_run(connection, film or films.film(), [TEXT, TEXT, IMAGE])
        assert write_embeddings(connection, rows) == 3
    return rows


def test_what_was_written_is_read_in_its_order_and_byte_for_byte(films: IndexedFilms) -> None:
    first, second, picture = _written(films)
    with films.engine.connect() as connection:
        texts = changes_since(connection, TEXT, 0)
        pictures = changes_since(connection, IMAGE, 0)
        later = changes_since(connection, TEXT, texts[0].seq)
        oldest = changes_since(connection, TEXT, 0, limit=1)
        other = changes_since(connection, replace(TEXT, model_version="2"), 0)
    assert [(each.embedding_id, each.vector) for each in texts] == [
        (first.embedding_id, first.vector),
        (second.embedding_id, second.vector),
    ]
    assert [each.vector for each in pictures] == [picture.vector]
    assert (later, oldest, other) == (texts[1:], texts[:1], [])


def test_more_rows_than_one_batch_keep_their_order(films: IndexedFilms) -> None:
    with films.engine.begin() as connection:
        rows = rows_of_a_new_run(connection, films.film(), [TEXT] * 1500)
        assert write_embeddings(connection, rows) == 1500
        found = changes_since(connection, TEXT, 0)
    assert [each.embedding_id for each in found] == [row.embedding_id for row in rows]


def test_writing_twice_leaves_the_first_rows_as_they_are(films: IndexedFilms) -> None:
    rows = _written(films)
    with films.engine.begin() as connection:
        before = changes_since(connection, TEXT, 0)
        changed = [replace(row, vector=vector(9, row.space.dimension)) for row in rows]
        assert write_embeddings(connection, changed) == 0
        assert changes_since(connection, TEXT, 0) == before
        assert write_embeddings(connection, []) == 0


@pytest.mark.parametrize("of", [asset, runs, artifacts, embeddings], ids=lambda table: table.name)
def test_a_delete_leaves_a_tombstone_however_it_came(films: IndexedFilms, of: Table) -> None:
    gone, kept = _written(films), _written(films)
    with films.engine.begin() as connection:
        connection.execute(delete(of).where(of.c.asset_id == gone[0].asset_id))
    with films.engine.connect() as connection:
        for space in (TEXT, IMAGE):
            standing = [row.embedding_id for row in kept if row.space == space]
            buried = {row.embedding_id for row in gone if row.space == space}
            found = changes_since(connection, space, 0)
            assert [each.embedding_id for each in found if each.vector] == standing
            assert {each.embedding_id for each in found if each.vector is None} == buried
            assert max(each.seq for each in found if each.vector) < min(
                each.seq for each in found if each.vector is None
            )


def test_one_delete_of_many_films_buries_each_embedding_once(films: IndexedFilms) -> None:
    for _ in range(3):
        _written(films)
    with films.engine.begin() as connection:
        connection.execute(delete(asset))
        buried = list(connection.execute(select(embedding_tombstones.c.embedding_id)).scalars())
    assert len(buried) == len(set(buried)) == 9


def test_a_delete_that_is_taken_back_buries_nothing(films: IndexedFilms) -> None:
    rows = _written(films)
    with films.engine.connect() as connection:
        connection.execute(delete(runs).where(runs.c.run_id == rows[0].run_id))
        assert _count(connection, embedding_tombstones) == 3
        connection.rollback()
        assert _count(connection, embedding_tombstones) == 0
        assert _count(connection, embeddings) == 3


def test_truncating_leaves_tombstones_too(films: IndexedFilms) -> None:
    rows = _written(films)
    with films.engine.begin() as connection:
        connection.execute(text("truncate artifacts cascade"))
        buried = set(connection.execute(select(embedding_tombstones.c.embedding_id)).scalars())
    assert buried == {row.embedding_id for row in rows}


def test_one_bad_vector_among_many_writes_nothing(films: IndexedFilms) -> None:
    bad_at = 2
    with films.engine.begin() as connection:
        rows = rows_of_a_new_run(connection, films.film(), [TEXT] * 3)
        rows[bad_at] = replace(rows[bad_at], vector=vector(1, dimension=5))
        with pytest.raises(InvalidRequestError, match=rows[bad_at].embedding_id) as raised:
            write_embeddings(connection, rows)
        assert raised.value.code == "bad_vector"
        assert _count(connection, embeddings) == 0


def test_an_artifact_has_one_vector(films: IndexedFilms) -> None:
    rows = _written(films)
    twin = replace(rows[0], embedding_id="another")
    with films.engine.connect() as connection:
        with pytest.raises(IntegrityError, match="uq_embeddings_artifact_id"):
            write_embeddings(connection, [twin])
        connection.rollback()


def test_the_table_refuses_what_the_writer_refuses(films: IndexedFilms) -> None:
    _written(films)
    refused = {"vector": b"12345678", "kind": "sound", "model": "", "end_ms": 0}
    broken = {}
    for column, value in refused.items():
        with films.engine.connect() as connection:
            with pytest.raises(IntegrityError) as raised:
                connection.execute(embeddings.update().values({column: value}))
            broken[column] = raised.value.orig.diag.constraint_name  # type: ignore[union-attr]
            connection.rollback()
    names = {"vector": "vector", "kind": "kind", "model": "not_empty", "end_ms": "span"}
    assert broken == {column: f"ck_embeddings_{name}" for column, name in names.items()}
