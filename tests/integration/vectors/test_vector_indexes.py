"""The indexes of a process: opened by what is there, and honest where nothing is."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from threading import Event

import numpy as np
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
    unit,
)
from sqlalchemy import Engine, delete
from vector_making import IMAGE

from rushes.db.engine import make_engine
from rushes.db.tables import asset
from rushes.pipeline.context import PipelineContext
from rushes.settings import Settings
from rushes.vectors.errors import VectorsUnavailableError
from rushes.vectors.events import IndexEvent
from rushes.vectors.generations.folder import SpaceFolder
from rushes.vectors.generations.manifest import INDEX
from rushes.vectors.opened import Opening
from rushes.vectors.rebuilding import rebuild
from tests.integration.indexed_films import IndexedFilms

_NOWHERE = "postgresql+psycopg://nobody@127.0.0.1:9/nothing"
_WITHOUT_FAISS = """
import sys
sys.modules["faiss"] = None
from pathlib import Path
from rushes.artifacts.vocabulary import EmbeddingKind
from rushes.db.engine import make_engine
from rushes.vectors.errors import VectorsUnavailableError
from rushes.vectors.indexes import VectorIndexes
from rushes.vectors.options import IndexOptions
from rushes.vectors.space import EmbeddingSpace
from rushes.vectors.status import read_status
engine = make_engine(sys.argv[1])
root = Path(sys.argv[2])
indexes = VectorIndexes(engine, root, IndexOptions())
indexes.start_keeper()
for _ in range(2):
    try:
        indexes.of(EmbeddingSpace(EmbeddingKind.TEXT, "made up", "1", 16))
    except VectorsUnavailableError as error:
        print(error.code, error)
print(len(read_status(engine, root, IndexOptions())), len(indexes.spaces()))
indexes.close()
engine.dispose()
"""


def test_what_another_commits_is_found_by_the_next_search(
    films: IndexedFilms, tmp_path: Path
) -> None:
    with opened_indexes(films.engine, tmp_path) as indexes:
        live = indexes.of(SPACE)
        assert live.caught_up().count == 0
        film = add_vectors(films, 20)
        assert_holds_what_stands(live.caught_up(), films.engine)
        with films.engine.begin() as connection:
            connection.execute(delete(asset).where(asset.c.asset_id == film))
        assert live.caught_up().count == 0
        assert indexes.of(SPACE) is live


def test_a_small_space_is_kept_in_memory_and_a_large_one_in_files(
    films: IndexedFilms, tmp_path: Path
) -> None:
    add_vectors(films, 5, IMAGE)
    add_vectors(films, MANY)
    with opened_indexes(films.engine, tmp_path) as indexes:
        assert set(indexes.spaces()) == {IMAGE, SPACE}
        assert indexes.of(IMAGE).view.base is None
        base = indexes.of(SPACE).view.base
        assert base is not None
        assert_holds_what_stands(indexes.of(SPACE).caught_up(), films.engine)
        assert_holds_what_stands(indexes.of(IMAGE).caught_up(), films.engine)
    assert [each.event for each in events_of(films.engine)] == [IndexEvent.BUILT]
    assert not SpaceFolder(tmp_path, IMAGE).path.exists()


def test_the_next_start_goes_on_from_the_files_with_what_came_since(
    films: IndexedFilms, tmp_path: Path
) -> None:
    gone = add_vectors(films, 30)
    add_vectors(films, MANY)
    with opened_indexes(films.engine, tmp_path) as indexes:
        first = indexes.of(SPACE).view.base
    add_vectors(films, 10)
    with films.engine.begin() as connection:
        connection.execute(delete(asset).where(asset.c.asset_id == gone))
    with opened_indexes(films.engine, tmp_path) as indexes:
        view = indexes.of(SPACE).view
        assert first is not None
        assert view.base is not None
        assert view.base.manifest.name == first.manifest.name
        assert (view.delta.live, view.tombstones) == (10, 30)
        assert_holds_what_stands(view, films.engine)


def test_a_damaged_generation_is_replaced_at_start_and_told(
    films: IndexedFilms, tmp_path: Path
) -> None:
    add_vectors(films, MANY)
    folder = SpaceFolder(tmp_path, SPACE)
    older = rebuild(films.engine, folder, BY_HAND, reason="test")
    add_vectors(films, 5)
    newer = rebuild(films.engine, folder, BY_HAND, reason="test")
    flip_byte(folder.generation(newer.name) / INDEX)
    with opened_indexes(films.engine, tmp_path) as indexes:
        view = indexes.of(SPACE).view
        assert view.base is not None
        assert view.base.manifest.name == older.name
        assert_holds_what_stands(view, films.engine)
    flip_byte(folder.generation(older.name) / INDEX)
    with opened_indexes(films.engine, tmp_path) as indexes:
        view = indexes.of(SPACE).view
        assert view.base is not None
        assert view.base.manifest.name not in (older.name, newer.name)
        assert_holds_what_stands(view, films.engine)
    told = [(each.event, each.generation) for each in events_of(films.engine)]
    assert (IndexEvent.DAMAGED, newer.name) in told
    assert (IndexEvent.RECOVERED, older.name) in told
    assert (IndexEvent.DAMAGED, older.name) in told
    assert (IndexEvent.RECOVERED, view.base.manifest.name) in told


def test_where_nothing_can_be_written_postgres_is_read_into_memory(
    films: IndexedFilms, tmp_path: Path
) -> None:
    add_vectors(films, MANY)
    root = tmp_path / "vectors"
    root.write_text("a file where the folder ought to be")
    with opened_indexes(films.engine, root) as indexes:
        view = indexes.of(SPACE).caught_up()
        assert view.base is None
        assert_holds_what_stands(view, films.engine)
    told = events_of(films.engine)
    assert IndexEvent.FAILED in [each.event for each in told]
    assert not any(str(tmp_path) in each.detail + each.place for each in told)


def test_a_caller_waits_only_so_long_and_the_opening_goes_on(
    films: IndexedFilms, tmp_path: Path
) -> None:
    add_vectors(films, MANY)
    with opened_indexes(films.engine, tmp_path) as indexes:
        with SpaceFolder(tmp_path, SPACE).locked():
            with pytest.raises(VectorsUnavailableError) as raised:
                indexes.of(SPACE, wait_seconds=0.05)
            assert (raised.value.code, raised.value.retryable) == ("vectors_loading", True)
            assert raised.value.remedy
        assert indexes.of(SPACE).view.count == MANY


def test_what_cannot_be_opened_is_told_and_tried_again_after_a_pause(
    films: IndexedFilms, tmp_path: Path
) -> None:
    now = [0.0]
    nowhere = make_engine(_NOWHERE)
    for failures, pause in ((0, 2.0), (3, 16.0), (20, 60.0)):
        opening = Opening(
            nowhere, tmp_path, SPACE, BY_HAND, Event(), failures, clock=lambda: now[0]
        )
        opening.start()
        with pytest.raises(VectorsUnavailableError) as raised:
            opening.result(10)
        assert (raised.value.code, raised.value.retryable) == ("vectors_unavailable", True)
        assert "nobody" not in str(raised.value)
        now[0] += pause - 0.1
        assert not opening.is_due_again
        now[0] += 0.2
        assert opening.is_due_again
    nowhere.dispose()


def test_between_two_tries_every_call_says_the_same_at_once(tmp_path: Path) -> None:
    nowhere = make_engine(_NOWHERE)
    with opened_indexes(nowhere, tmp_path) as indexes:
        for _ in range(3):
            with pytest.raises(VectorsUnavailableError) as raised:
                indexes.of(SPACE)
            assert raised.value.code == "vectors_unavailable"
        assert indexes.opened() == []
    nowhere.dispose()


def test_closed_indexes_answer_no_more(engine: Engine, tmp_path: Path) -> None:
    with opened_indexes(engine, tmp_path) as indexes:
        indexes.start_keeper()
        live = indexes.of(SPACE)
        began = time.monotonic()
        indexes.close()
        assert time.monotonic() - began < 3
        with pytest.raises(VectorsUnavailableError):
            indexes.of(SPACE)
        assert live.view.search(unit(1), 3) == []


def test_without_faiss_every_call_says_so_and_the_status_can_be_read(
    films: IndexedFilms, tmp_path: Path
) -> None:
    add_vectors(films, 3)
    url = films.engine.url.render_as_string(hide_password=False)
    child = subprocess.run(
        [sys.executable, "-c", _WITHOUT_FAISS, url, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    first, second, status = child.stdout.splitlines()
    assert first == second
    assert first.startswith("vectors_unavailable FAISS cannot be loaded")
    assert status == "1 1"


def test_a_search_of_one_thread_sees_no_half_applied_changes(
    films: IndexedFilms, tmp_path: Path
) -> None:
    with opened_indexes(films.engine, tmp_path) as indexes:
        live = indexes.of(SPACE)
        add_vectors(films, 3)
        before = live.caught_up()
        seen = [each.embedding_id for each in before.search(unit(9), 9)]
        add_vectors(films, 300)
        assert live.caught_up().count == 303
        assert [each.embedding_id for each in before.search(unit(9), 9)] == seen
        assert np.array_equal(before.delta.rows[:3], live.view.delta.rows[:3])


def test_a_context_opens_its_indexes_once_and_closes_them(
    database_url: str, data_dir: Path
) -> None:
    context = PipelineContext(Settings(data_dir=data_dir), make_engine(database_url))
    try:
        indexes = context.vector_indexes
        assert context.vector_indexes is indexes
        assert indexes.of(SPACE).caught_up().count == 0
    finally:
        context.close()
    with pytest.raises(VectorsUnavailableError):
        indexes.of(SPACE)
