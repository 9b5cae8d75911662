"""What was deleted never comes back, and what was erased is in no file in the end."""

from __future__ import annotations

from pathlib import Path

import pytest
from index_making import (
    AT_ONCE,
    BY_HAND,
    MANY,
    SPACE,
    add_vectors,
    assert_holds_what_stands,
    care_of,
    flip_byte,
    new_rows,
    opened_indexes,
)
from sqlalchemy import Engine, delete, func, select
from vector_making import IMAGE

from rushes.db.analysis_tables import embedding_tombstones, embeddings
from rushes.db.tables import asset
from rushes.vectors.events import IndexEvent, note
from rushes.vectors.generations.folder import SpaceFolder
from rushes.vectors.generations.manifest import INDEX
from rushes.vectors.live.live_index import LiveIndex
from rushes.vectors.live.view import View
from rushes.vectors.pruning import prune_tombstones
from rushes.vectors.purging import generations_holding, purge_done, request_purge
from rushes.vectors.rebuilding import rebuild
from rushes.vectors.store import changes_since, write_embeddings
from tests.integration.indexed_films import IndexedFilms


def _remove(films: IndexedFilms, film: str) -> list[tuple[str, bytes]]:
    """Delete a film, and its vectors by the cascade; what they were."""
    query = select(embeddings.c.embedding_id, embeddings.c.vector).where(
        embeddings.c.asset_id == film
    )
    with films.engine.begin() as connection:
        gone = [(row.embedding_id, bytes(row.vector)) for row in connection.execute(query)]
        connection.execute(delete(asset).where(asset.c.asset_id == film))
    return gone


def _tombstones(engine: Engine) -> list[int | None]:
    """The horizons of those of the space, by seq; without the anchors of generations."""
    table = embedding_tombstones
    of_space = table.c.model == SPACE.model
    query = select(table.c.horizon).where(of_space, table.c.seq > 0).order_by(table.c.seq)
    with engine.connect() as connection:
        return list(connection.execute(query).scalars())


def _latest(engine: Engine) -> int:
    with engine.connect() as connection:
        return max(each.seq for each in changes_since(connection, SPACE, 0))


def test_deleted_by_a_cascade_they_stay_away_through_all_that_happens_to_the_files(
    films: IndexedFilms, tmp_path: Path
) -> None:
    folder = SpaceFolder(tmp_path, SPACE)
    doomed = [add_vectors(films, 7) for _ in range(4)]
    add_vectors(films, MANY)
    rebuild(films.engine, folder, BY_HAND, reason="test")
    gone = _remove(films, doomed[0])
    with opened_indexes(films.engine, tmp_path, AT_ONCE) as indexes:
        gone += _remove(films, doomed[1])
        care_of(indexes).save()
        assert_holds_what_stands(indexes.of(SPACE).view, films.engine)
        gone += _remove(films, doomed[2])
        rebuild(films.engine, folder, BY_HAND, reason="test")
        care_of(indexes).follow()
        assert_holds_what_stands(indexes.of(SPACE).view, films.engine)
    current = folder.current()
    assert current is not None
    flip_byte(folder.generation(current) / INDEX)  # back to the one before, which holds some
    gone += _remove(films, doomed[3])
    with opened_indexes(films.engine, tmp_path) as indexes:
        view = indexes.of(SPACE).view
        assert view.base is not None
        assert view.base.manifest.name != current
        assert view.tombstones > 0
        assert_holds_what_stands(view, films.engine)
        prune_tombstones(films.engine, SPACE, _latest(films.engine))
        assert_holds_what_stands(indexes.of(SPACE).caught_up(), films.engine)
        assert all(indexes.of(SPACE).view.vector(name) is None for name, _ in gone)
    with opened_indexes(films.engine, tmp_path) as indexes:
        assert_holds_what_stands(indexes.of(SPACE).view, films.engine)
    assert len(gone) == 28


def test_a_rebuild_prunes_what_every_kept_generation_has_applied(
    films: IndexedFilms, tmp_path: Path
) -> None:
    folder = SpaceFolder(tmp_path, SPACE)
    doomed = [add_vectors(films, 3) for _ in range(3)]
    add_vectors(films, 5)
    _remove(films, doomed[0])
    first = rebuild(films.engine, folder, BY_HAND, reason="test")
    assert _tombstones(films.engine) == [first.applied_seq]
    _remove(films, doomed[1])
    rebuild(films.engine, folder, BY_HAND, reason="test")
    assert _tombstones(films.engine) == [first.applied_seq, None, None, None]
    _remove(films, doomed[2])
    rebuild(films.engine, folder, BY_HAND, reason="test")
    assert [each is None for each in _tombstones(films.engine)].count(True) == 3
    with opened_indexes(films.engine, tmp_path) as indexes:
        view = indexes.of(SPACE).view
        assert view.base is not None  # a marker that its generation has applied makes no new start
        assert_holds_what_stands(view, films.engine)


def test_pruning_without_tombstones_leaves_no_marker(films: IndexedFilms) -> None:
    add_vectors(films, 2)
    assert prune_tombstones(films.engine, SPACE, 10**9) == 0
    assert _tombstones(films.engine) == []
    _remove(films, add_vectors(films, 2))
    _remove(films, add_vectors(films, 2, IMAGE))
    assert prune_tombstones(films.engine, SPACE, 10**9) == 2
    assert _tombstones(films.engine) == [10**9]
    assert prune_tombstones(films.engine, SPACE, 10**9) == 0
    with films.engine.connect() as connection:
        of_others = select(func.count()).where(embedding_tombstones.c.model == IMAGE.model)
        assert connection.execute(of_others).scalar_one() == 2


def test_a_later_marker_reaches_as_far_as_the_one_that_it_replaces(films: IndexedFilms) -> None:
    _remove(films, add_vectors(films, 1))
    prune_tombstones(films.engine, SPACE, 10**9)
    _remove(films, add_vectors(films, 1))
    assert prune_tombstones(films.engine, SPACE, 10**6) == 1
    assert _tombstones(films.engine) == [10**9]


@pytest.mark.parametrize("page", [2, 5_000])
def test_a_reader_that_missed_pruned_tombstones_begins_anew(films: IndexedFilms, page: int) -> None:
    doomed = add_vectors(films, 3)
    add_vectors(films, 3)
    late = LiveIndex(films.engine, SPACE, lambda: None, page=page)
    early = LiveIndex(films.engine, SPACE, lambda: None, page=page)
    late.begin_with(None)
    early.begin_with(None)
    _remove(films, doomed)
    early.caught_up()
    before = early.view.delta
    add_vectors(films, 6)
    prune_tombstones(films.engine, SPACE, early.view.applied_seq)
    for live in (late, early):
        assert_holds_what_stands(live.caught_up(), films.engine)
    assert early.view.delta.ids is before.ids  # it had missed nothing
    assert late.view.delta.count == 9


def test_a_space_without_anything_left_is_empty_after_all(
    films: IndexedFilms, tmp_path: Path
) -> None:
    folder = SpaceFolder(tmp_path, SPACE)
    film = add_vectors(films, 4)
    rebuild(films.engine, folder, BY_HAND, reason="test")
    _remove(films, film)
    for _ in range(3):  # the last with all tombstones pruned
        rebuild(films.engine, folder, BY_HAND, reason="test")
        with opened_indexes(films.engine, tmp_path) as indexes:
            assert indexes.of(SPACE).caught_up().count == 0
    with opened_indexes(films.engine, tmp_path) as indexes:
        add_vectors(films, 1)
        assert_holds_what_stands(indexes.of(SPACE).caught_up(), films.engine)


def test_erased_vectors_are_in_no_file_after_the_rebuild(
    films: IndexedFilms, tmp_path: Path
) -> None:
    folder = SpaceFolder(tmp_path, SPACE)
    doomed = add_vectors(films, 5)
    add_vectors(films, 20)
    for _ in range(2):
        rebuild(films.engine, folder, BY_HAND, reason="test")
    query = select(embeddings.c.vector).where(embeddings.c.asset_id == doomed)
    with films.engine.begin() as connection:
        vectors = [bytes(each) for each in connection.execute(query).scalars()]
        connection.execute(delete(asset).where(asset.c.asset_id == doomed))
        request_purge(connection, [SPACE, SPACE, IMAGE])
    names = [f"{SPACE.key}/{name}" for name in folder.names()]
    assert generations_holding(tmp_path, films.engine) == names
    assert len(names) == 2
    assert _files_with(tmp_path, vectors) == 2
    add_vectors(films, 1)
    with opened_indexes(films.engine, tmp_path, AT_ONCE) as indexes:
        care_of(indexes).save()  # a save keeps the bytes, so that nothing is done yet
    assert not purge_done(tmp_path, films.engine)
    made = rebuild(films.engine, folder, BY_HAND, reason="test")
    assert folder.names() == [made.name]
    assert purge_done(tmp_path, films.engine)
    assert generations_holding(tmp_path, films.engine) == []
    assert _files_with(tmp_path, vectors) == 0
    rebuild(films.engine, folder, BY_HAND, reason="test")
    assert len(folder.names()) == 2  # nothing is owed any more, so the one before stays


def test_generations_that_tell_nothing_may_hold_anything(
    films: IndexedFilms, tmp_path: Path
) -> None:
    folder = SpaceFolder(tmp_path, SPACE)
    film = add_vectors(films, 5)
    with films.engine.begin() as connection:
        connection.execute(delete(asset).where(asset.c.asset_id == film))
        request_purge(connection, [SPACE])
    made = rebuild(films.engine, folder, BY_HAND, reason="test")
    assert purge_done(tmp_path, films.engine)
    flip_byte(folder.generation(made.name) / "manifest.json")
    assert generations_holding(tmp_path, films.engine) == [f"{SPACE.key}/{made.name}"]
    note(films.engine, SPACE.key, IndexEvent.DAMAGED, "test", root=tmp_path, generation=made.name)
    rebuild(films.engine, folder, BY_HAND, reason="test")
    assert purge_done(tmp_path, films.engine)


def test_an_embedding_that_comes_again_is_found_as_it_is_now(
    films: IndexedFilms, tmp_path: Path
) -> None:
    folder = SpaceFolder(tmp_path, SPACE)
    film = films.film()
    with films.engine.begin() as connection:
        rows = new_rows(connection, film, 3)
        write_embeddings(connection, rows)
    rebuild(films.engine, folder, BY_HAND, reason="test")
    with films.engine.begin() as connection:
        connection.execute(delete(embeddings).where(embeddings.c.asset_id == film))
        others = new_rows(connection, film, 3)
        again = [
            type(row)(
                row.embedding_id, film, other.run_id, other.artifact_id, SPACE, 0, 1, other.vector
            )
            for row, other in zip(rows, others, strict=True)
        ]
        write_embeddings(connection, again)
    with opened_indexes(films.engine, tmp_path, AT_ONCE) as indexes:
        view: View = indexes.of(SPACE).view
        assert (view.count, view.tombstones) == (3, 3)
        assert_holds_what_stands(view, films.engine)
        care_of(indexes).save()
        assert_holds_what_stands(indexes.of(SPACE).view, films.engine)
    with opened_indexes(films.engine, tmp_path) as indexes:
        assert_holds_what_stands(indexes.of(SPACE).view, films.engine)


def _files_with(root: Path, vectors: list[bytes]) -> int:
    """Files under the root that hold the bytes of any of the vectors."""
    files = [path for path in root.rglob("*") if path.is_file()]
    return sum(any(each in path.read_bytes() for each in vectors) for path in files)
