"""The moments of a crash that a kill hardly ever hits, made by hand on the files."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from quickwit.node.engine import CommitMode, SearchRequest
from quickwit.node.log.operations import DocumentAdded
from quickwit.node.log.segments import Log
from quickwit.node.mapping.config import parse_index_config
from quickwit.node.messages import ApiError
from quickwit.node.storage.data_directory import DirectoryInUseError
from quickwit.node.storage.engine import TantivyEngine
from tests.integration.node.node_process import index_config

INDEX = "contract-storage"


@contextmanager
def running(data: Path, **limits: int) -> Iterator[TantivyEngine]:
    engine = TantivyEngine(data, **limits)
    try:
        if not engine.indexes():
            engine.create_index(parse_index_config(index_config(INDEX, 3600)))
        yield engine
    finally:
        engine.close()


def add(engine: TantivyEngine, *names: str, commit: CommitMode = CommitMode.AUTO) -> None:
    lines = [json.dumps({"doc_id": name, "text": "dog"}).encode() for name in names]
    assert engine.ingest(INDEX, lines, commit).num_ingested == len(names)


def found(engine: TantivyEngine) -> Counter[str]:
    add(engine, "marker", commit=CommitMode.FORCE)
    hits = engine.search([INDEX], SearchRequest("dog", max_hits=1000)).hits
    counted = Counter(json.loads(hit)["doc_id"] for hit in hits)
    del counted["marker"]
    return counted


def keep_log(data: Path) -> None:
    """Put the log aside as it is."""
    shutil.copytree(data / "indexes" / INDEX / "log", data.parent / "kept")


def crash_after_the_commit(data: Path) -> None:
    """Make it so that the commit was the last that happened: the log that was put aside is back."""
    folder = data / "indexes" / INDEX
    shutil.rmtree(folder / "log")
    shutil.move(data.parent / "kept", folder / "log")
    (folder / "checkpoint.json").unlink(missing_ok=True)
    (folder / "delete_tasks.json").unlink(missing_ok=True)


def test_a_log_that_outlived_its_commit_doubles_nothing(data_dir: Path) -> None:
    with running(data_dir) as engine:
        add(engine, "a", "b")
        keep_log(data_dir)
    crash_after_the_commit(data_dir)
    with running(data_dir) as engine:
        assert found(engine) == {"a": 1, "b": 1}


def test_a_log_that_outlived_its_commit_brings_nothing_back(data_dir: Path) -> None:
    with running(data_dir) as engine:
        add(engine, "a", "b")
        engine.create_delete_task(INDEX, "doc_id:b", ())
        keep_log(data_dir)
    crash_after_the_commit(data_dir)
    with running(data_dir) as engine:
        assert found(engine) == {"a": 1}
        assert [task.query for task in engine.delete_tasks(INDEX)] == ["doc_id:b"]


def test_a_task_that_is_committed_stays_in_the_list(data_dir: Path) -> None:
    with running(data_dir) as engine:
        add(engine, "a")
        engine.create_delete_task(INDEX, "doc_id:a", ())
        add(engine, "b")
        keep_log(data_dir)
    crash_after_the_commit(data_dir)
    with running(data_dir) as engine:
        assert [task.opstamp for task in engine.delete_tasks(INDEX)] == [1]
        assert engine.create_delete_task(INDEX, "doc_id:b", ()).opstamp == 2


def test_numbers_go_on_where_they_were(data_dir: Path) -> None:
    with running(data_dir) as engine:
        add(engine, "a", "b", commit=CommitMode.FORCE)
        engine.create_delete_task(INDEX, "doc_id:b", ())
    with running(data_dir) as engine:
        add(engine, "b")
        assert found(engine) == {"a": 1, "b": 1}


def test_a_torn_last_line_is_cut(tmp_path: Path) -> None:
    log = Log(tmp_path)
    log.append([DocumentAdded(1, '{"_seq":1}'), DocumentAdded(2, '{"_seq":2}')])
    log.close()
    (segment,) = tmp_path.iterdir()
    with segment.open("ab") as file:
        file.write(b'{"_seq":3,"doc_')
    again = Log(tmp_path)
    assert [operation.sequence for operation in again.read_after(0)] == [1, 2]
    again.append([DocumentAdded(4, '{"_seq":4}')])
    assert [operation.sequence for operation in again.read_after(1)] == [2, 4]
    again.close()


def test_a_commit_that_fails_is_made_up_for(data_dir: Path) -> None:
    files = data_dir / "indexes" / INDEX / "tantivy"
    with running(data_dir) as engine:
        add(engine, "a", commit=CommitMode.FORCE)
        add(engine, "b")
        engine.create_delete_task(INDEX, "doc_id:a", ())
        files.rename(data_dir / "away")
        with pytest.raises(ApiError, match="commit failed"):
            add(engine, "c", commit=CommitMode.FORCE)
        (data_dir / "away").rename(files)
        assert found(engine) == {"b": 1, "c": 1}


def test_too_much_that_is_not_committed_is_429(data_dir: Path) -> None:
    with running(data_dir, max_uncommitted_bytes=200) as engine:
        add(engine, "a", "b", "c")
        with pytest.raises(ApiError) as refusal:
            add(engine, "d")
        assert refusal.value.status == 429
        engine.clear_index(INDEX)
        add(engine, "e")
        assert found(engine) == {"e": 1}


def test_a_second_engine_is_refused(data_dir: Path) -> None:
    with running(data_dir), pytest.raises(DirectoryInUseError, match=str(data_dir)):
        TantivyEngine(data_dir)


@pytest.mark.parametrize(
    "name", ["index.json", "checkpoint.json", "delete_tasks.json", "tantivy/meta.json"]
)
def test_a_damaged_index_does_not_keep_the_node_from_starting(data_dir: Path, name: str) -> None:
    with running(data_dir) as engine:
        add(engine, "a")
        engine.create_delete_task(INDEX, "doc_id:b", ())
        engine.create_index(parse_index_config(index_config("contract-whole", 3600)))
    damaged = data_dir / "indexes" / INDEX / name
    damaged.write_bytes(damaged.read_bytes()[:1])
    with running(data_dir) as engine:
        assert [index.config.index_id for index in engine.indexes()] == ["contract-whole"]
        engine.create_index(parse_index_config(index_config(INDEX, 3600)))
        add(engine, "b")
        assert found(engine) == {"b": 1}
    (kept,) = (data_dir / "broken").iterdir()
    assert kept.name.startswith(INDEX)


def test_a_line_of_the_log_that_is_no_object_is_skipped(tmp_path: Path) -> None:
    log = Log(tmp_path)
    log.append([DocumentAdded(1, '{"_seq":1}'), DocumentAdded(2, "[1]")])
    log.append([DocumentAdded(3, '{"_seq":3}')])
    assert [operation.sequence for operation in log.read_after(0)] == [1, 3]
    log.close()
