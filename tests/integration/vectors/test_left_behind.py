"""What a writer left that died may hold what was erased, and goes."""

from __future__ import annotations

from pathlib import Path

from index_making import BY_HAND, SPACE, add_vectors, care_of, opened_indexes
from sqlalchemy import delete, select

from rushes.db.analysis_tables import embeddings
from rushes.db.engine import make_engine
from rushes.db.tables import asset
from rushes.vectors.building.build import build_generation
from rushes.vectors.generations.folder import SpaceFolder
from rushes.vectors.purging import (
    generations_holding,
    purge_done,
    request_purge,
    sweep_leftovers,
)
from rushes.vectors.rebuilding import rebuild
from rushes.vectors.status import RebuildReason, read_status
from tests.integration.documents.document_writing import KILLED, die_at, exit_status, in_process
from tests.integration.indexed_films import IndexedFilms

_INDEX_WRITTEN = 2
"""After the rows were read and the index made."""


def _left_behind(films: IndexedFilms, root: Path) -> list[bytes]:
    """A folder with nothing but what a killed builder left; the vectors in it, erased since."""
    doomed = add_vectors(films, 3)
    add_vectors(films, 2)
    url = films.engine.url.render_as_string(hide_password=False)

    def build() -> None:
        folder = SpaceFolder(root, SPACE)
        points = die_at(_INDEX_WRITTEN)
        build_generation(
            make_engine(url), folder, BY_HAND.build, reason="test", crash_points=points
        )

    assert exit_status(in_process(build)) == KILLED
    query = select(embeddings.c.vector).where(embeddings.c.asset_id == doomed)
    with films.engine.begin() as connection:
        vectors = [bytes(each) for each in connection.execute(query).scalars()]
        connection.execute(delete(asset).where(asset.c.asset_id == doomed))
        request_purge(connection, [SPACE])
    assert _holds(root, vectors)
    return vectors


def _holds(root: Path, vectors: list[bytes]) -> bool:
    files = [each.read_bytes() for each in root.rglob("*") if each.is_file()]
    return any(vector in file for vector in vectors for file in files)


def test_an_erasure_is_not_done_while_the_dead_hold_vectors(
    films: IndexedFilms, tmp_path: Path
) -> None:
    vectors = _left_behind(films, tmp_path)
    folder = SpaceFolder(tmp_path, SPACE)
    (left,) = folder.leftovers()
    assert generations_holding(tmp_path, films.engine) == [f"{SPACE.key}/{left}"]
    assert not purge_done(tmp_path, films.engine)
    (status,) = read_status(films.engine, tmp_path, BY_HAND)
    assert status.needs_rebuild in (RebuildReason.ERASED, RebuildReason.MISSING)
    sweep_leftovers(tmp_path, films.engine)
    assert purge_done(tmp_path, films.engine)
    assert not _holds(tmp_path, vectors)


def test_a_rebuild_removes_it_before_it_says_what_it_replaces(
    films: IndexedFilms, tmp_path: Path
) -> None:
    vectors = _left_behind(films, tmp_path)
    folder = SpaceFolder(tmp_path, SPACE)
    first = rebuild(films.engine, folder, BY_HAND, reason="test").name
    assert purge_done(tmp_path, films.engine)
    assert not _holds(tmp_path, vectors)
    (folder.path / f".gone-{first}-0").mkdir()
    second = rebuild(films.engine, folder, BY_HAND, reason="test").name
    assert folder.names() == [second, first]  # what is swept is no reason to lose the one before


def test_who_writes_now_is_left_alone(films: IndexedFilms, tmp_path: Path) -> None:
    vectors = _left_behind(films, tmp_path)
    folder = SpaceFolder(tmp_path, SPACE)
    with opened_indexes(films.engine, tmp_path) as indexes:
        care = care_of(indexes)
        with SpaceFolder(tmp_path, SPACE).locked():
            sweep_leftovers(tmp_path, films.engine)
            care.sweep()
            assert _holds(tmp_path, vectors)
            assert not purge_done(tmp_path, films.engine)
        care.sweep()  # it is one of the dead after all
    assert folder.leftovers() == []
    assert purge_done(tmp_path, films.engine)
