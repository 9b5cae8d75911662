"""How the indexes stand, told from Postgres and the manifests; and what happened to them."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from index_making import (
    BY_HAND,
    MANY,
    SPACE,
    add_vectors,
    assert_holds_what_stands,
    events_of,
    flip_byte,
    opened_indexes,
)
from sqlalchemy import Engine, delete, func, select, text
from vector_making import IMAGE

from rushes.db.engine import make_engine
from rushes.db.tables import asset
from rushes.db.vector_tables import vector_index_events
from rushes.vectors.events import IndexEvent, note, place_of, recent
from rushes.vectors.generations.folder import CURRENT, SpaceFolder
from rushes.vectors.generations.manifest import IDS, INDEX, IndexType
from rushes.vectors.options import IndexOptions
from rushes.vectors.purging import request_purge
from rushes.vectors.rebuilding import rebuild
from rushes.vectors.status import RebuildReason, SpaceStatus, read_status
from tests.integration.indexed_films import IndexedFilms

_LIMITS = replace(BY_HAND, delta_limit=100, tombstone_ratio=0.5)


def _status(
    engine: Engine, root: Path, options: IndexOptions = _LIMITS, *, verify: bool = False
) -> SpaceStatus:
    (found,) = read_status(engine, root, options, verify=verify)
    return found


def _remove(films: IndexedFilms, film: str) -> None:
    with films.engine.begin() as connection:
        connection.execute(delete(asset).where(asset.c.asset_id == film))


def test_a_space_without_files_needs_them(films: IndexedFilms, tmp_path: Path) -> None:
    assert read_status(films.engine, tmp_path / "none", _LIMITS) == []
    add_vectors(films, 3)
    found = _status(films.engine, tmp_path / "none")
    assert (found.space, found.key, found.embeddings) == (SPACE, SPACE.key, 3)
    assert (found.generation, found.bytes, found.saved_at) == (None, 0, None)
    assert (found.delta, found.behind_by) == (3, 3)
    assert found.needs_rebuild is RebuildReason.MISSING


def test_what_came_and_went_since_is_counted(films: IndexedFilms, tmp_path: Path) -> None:
    folder = SpaceFolder(tmp_path, SPACE)
    gone, more = add_vectors(films, 2), add_vectors(films, 8)
    older = rebuild(films.engine, folder, _LIMITS, reason="test")
    newer = rebuild(films.engine, folder, _LIMITS, reason="test")
    found = _status(films.engine, tmp_path)
    assert (found.generation, found.previous) == (newer.name, (older.name,))
    assert (found.count, found.index_type, found.compacted) == (10, IndexType.FLAT, True)
    assert found.saved_at == newer.created_at
    assert found.bytes > newer.size
    assert (found.behind_by, found.needs_rebuild, found.warnings) == (0, None, ())
    _remove(films, gone)
    short = add_vectors(films, 3)
    _remove(films, short)  # came and went since: no vector of the files
    add_vectors(films, 5)
    found = _status(films.engine, tmp_path)
    assert (found.embeddings, found.delta, found.behind_by) == (13, 5, 10)
    assert (found.tombstones_in_files, found.tombstones_since) == (0, 2)
    assert found.tombstone_ratio == pytest.approx(0.2)
    assert found.needs_rebuild is None
    _remove(films, more)
    assert _status(films.engine, tmp_path).needs_rebuild is RebuildReason.TOMBSTONES


def test_it_warns_before_it_needs_a_rebuild(films: IndexedFilms, tmp_path: Path) -> None:
    folder = SpaceFolder(tmp_path, SPACE)
    parts = [add_vectors(films, 10) for _ in range(5)]
    rebuild(films.engine, folder, _LIMITS, reason="test")
    for part in parts[:2]:
        _remove(films, part)
    found = _status(films.engine, tmp_path)
    assert found.needs_rebuild is None
    assert ["40.0%" in each for each in found.warnings] == [True]
    rebuild(films.engine, folder, _LIMITS, reason="test")
    add_vectors(films, 79)
    assert _status(films.engine, tmp_path).warnings == ()
    add_vectors(films, 1)
    found = _status(films.engine, tmp_path)
    assert (found.needs_rebuild, len(found.warnings)) == (None, 1)
    add_vectors(films, 20)
    assert _status(films.engine, tmp_path).needs_rebuild is RebuildReason.DELTA


def test_damage_is_seen_by_size_by_hash_and_by_what_a_process_found(
    films: IndexedFilms, tmp_path: Path
) -> None:
    folder = SpaceFolder(tmp_path, SPACE)
    add_vectors(films, MANY)
    name = rebuild(films.engine, folder, _LIMITS, reason="test").name
    flip_byte(folder.generation(name) / INDEX)
    assert _status(films.engine, tmp_path).needs_rebuild is None
    found = _status(films.engine, tmp_path, verify=True)
    assert (found.needs_rebuild, found.count) == (RebuildReason.DAMAGED, MANY)
    assert INDEX in (found.damage or "")
    with opened_indexes(films.engine, tmp_path) as indexes:
        indexes.of(SPACE)  # finds it, and makes another one
    assert _status(films.engine, tmp_path).needs_rebuild is None
    assert [each.event for each in _status(films.engine, tmp_path).failures] == [IndexEvent.DAMAGED]
    newer = folder.current()
    assert newer is not None
    note(films.engine, SPACE.key, IndexEvent.DAMAGED, "bad", root=tmp_path, generation=newer)
    found = _status(films.engine, tmp_path)
    assert (found.needs_rebuild, found.damage) == (RebuildReason.DAMAGED, "bad")
    rebuild(films.engine, folder, _LIMITS, reason="test")
    assert _status(films.engine, tmp_path).needs_rebuild is None


@pytest.mark.parametrize("what", ["file", "generation", "manifest", "CURRENT"])
def test_what_is_missing_or_unreadable_is_damage(
    films: IndexedFilms, tmp_path: Path, what: str
) -> None:
    folder = SpaceFolder(tmp_path, SPACE)
    add_vectors(films, 5)
    at = folder.generation(rebuild(films.engine, folder, _LIMITS, reason="test").name)
    if what == "file":
        (at / IDS).unlink()
    elif what == "generation":
        shutil.rmtree(at)
    elif what == "manifest":
        (at / "manifest.json").write_text("{")
    else:
        (folder.path / CURRENT).write_bytes(b"\xff\0")
    found = _status(films.engine, tmp_path)
    assert found.needs_rebuild is RebuildReason.DAMAGED
    assert found.damage


def test_an_erasure_and_another_database_ask_for_a_rebuild(
    films: IndexedFilms, tmp_path: Path, administration: Engine
) -> None:
    folder = SpaceFolder(tmp_path, SPACE)
    film = add_vectors(films, 1)
    add_vectors(films, 9)
    rebuild(films.engine, folder, _LIMITS, reason="test")
    with films.engine.begin() as connection:
        connection.execute(delete(asset).where(asset.c.asset_id == film))
        request_purge(connection, [SPACE])
    assert _status(films.engine, tmp_path).needs_rebuild is RebuildReason.ERASED
    rebuild(films.engine, folder, _LIMITS, reason="test")
    assert _status(films.engine, tmp_path).needs_rebuild is None
    films.worker.close()
    name = str(films.engine.url.database)
    films.engine.dispose()
    with administration.connect() as connection:
        connection.execute(text(f'create database "{name}_copy" template "{name}"'))
    copy = make_engine(
        films.engine.url.set(database=f"{name}_copy").render_as_string(hide_password=False)
    )
    try:
        found = _status(copy, tmp_path)
        assert found.needs_rebuild is RebuildReason.OTHER_DATABASE
        assert (found.behind_by, found.tombstones_since) == (0, 0)
    finally:
        copy.dispose()
        with administration.connect() as connection:
            connection.execute(text(f'drop database "{name}_copy"'))


def test_files_that_missed_pruned_tombstones_are_told_and_replaced(
    films: IndexedFilms, tmp_path: Path
) -> None:
    """Another machine's files stayed behind while this one's were rebuilt."""
    gone = add_vectors(films, 5)
    add_vectors(films, MANY)
    behind, ahead = (SpaceFolder(tmp_path / name, SPACE) for name in ("behind", "ahead"))
    name = rebuild(films.engine, behind, _LIMITS, reason="test").name
    _remove(films, gone)
    for _ in range(2):
        rebuild(films.engine, ahead, _LIMITS, reason="test")
    assert _status(films.engine, tmp_path / "ahead").needs_rebuild is None
    assert _status(films.engine, tmp_path / "behind").needs_rebuild is RebuildReason.PRUNED
    with opened_indexes(films.engine, tmp_path / "behind", _LIMITS) as indexes:
        live = indexes.of(SPACE)
        assert live.view.base is not None  # built anew, since its mark went with the tombstones
        assert live.view.base.manifest.name != name
        assert_holds_what_stands(live.view, films.engine)
    assert _status(films.engine, tmp_path / "behind").needs_rebuild is None


def test_folders_of_spaces_without_embeddings_are_told_too(
    films: IndexedFilms, tmp_path: Path
) -> None:
    film = add_vectors(films, 4, IMAGE)
    rebuild(films.engine, SpaceFolder(tmp_path, IMAGE), _LIMITS, reason="test")
    _remove(films, film)
    (tmp_path / "nobody knows").mkdir()
    (tmp_path / "nobody knows" / "a file").write_bytes(b"12345")
    (tmp_path / "a file").write_bytes(b"1")
    left, unknown = read_status(films.engine, tmp_path, _LIMITS)
    assert (left.space, left.embeddings, left.count) == (IMAGE, 0, 4)
    assert left.needs_rebuild is RebuildReason.TOMBSTONES
    assert "no embedding is left" in left.warnings[-1]
    assert (unknown.key, unknown.space, unknown.bytes) == ("nobody knows", None, 5)
    assert unknown.needs_rebuild is None
    assert unknown.warnings
    rebuild(films.engine, SpaceFolder(tmp_path, IMAGE), _LIMITS, reason="test")
    left, _ = read_status(films.engine, tmp_path, _LIMITS)
    assert (left.needs_rebuild, left.count) == (None, 0)


def test_events_tell_what_happened_where_and_no_path(engine: Engine, tmp_path: Path) -> None:
    root = tmp_path / "library" / "vectors"
    note(engine, "a", IndexEvent.DAMAGED, f"{root}/x: bad \0 \ud800", root=root, generation="g1")
    with engine.begin() as connection:
        note(connection, "a", IndexEvent.BUILT, "y" * 9_000, root=root)
    note(engine, "b", IndexEvent.FAILED, "other", root=root)
    with engine.connect() as connection:
        second, first = recent(connection, "a")
        assert recent(connection, "a", 1) == [second]
        assert recent(connection, "a", 9, (IndexEvent.DAMAGED,)) == [first]
    assert (first.event, first.generation) == (IndexEvent.DAMAGED, "g1")
    assert first.place == place_of(root)
    assert first.place.endswith(":library/vectors")
    assert str(tmp_path) not in first.detail + first.place
    assert len(second.detail) == 2_000


def test_only_the_newest_events_of_a_space_are_kept(engine: Engine, tmp_path: Path) -> None:
    for number in range(6):
        note(engine, SPACE.key, IndexEvent.SAVED, str(number), root=tmp_path, kept=3)
    note(engine, IMAGE.key, IndexEvent.SAVED, "other", root=tmp_path, kept=3)
    assert [each.detail for each in events_of(engine)] == ["3", "4", "5"]
    with engine.connect() as connection:
        count = select(func.count()).select_from(vector_index_events)
        assert connection.execute(count).scalar_one() == 4
