"""What fails inside of the node while it runs costs nothing that was acknowledged."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from quickwit.node.engine import CommitMode, SearchRequest
from quickwit.node.mapping.config import parse_index_config
from quickwit.node.messages import ApiError
from quickwit.node.storage import delete_tasks
from quickwit.node.storage.committer import Committer
from quickwit.node.storage.engine import TantivyEngine
from quickwit.node.storage.index import StoredIndex
from tests.integration.node.node_process import index_config

INDEX = "contract-faults"


class Panic(BaseException):
    """As a panic of the engine's Rust arrives: no `Exception`."""


class Failing:
    """Stands before an object; one of its calls raises as often as it is told."""

    def __init__(self, behind: Any, call: str, error: BaseException, after: bool = False) -> None:
        self._behind, self._call, self._error, self._after = behind, call, error, after
        self.left = 1

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._behind, name)
        if name != self._call or not self.left:
            return found

        def fail(*given: Any, **named: Any) -> None:
            self.left -= 1
            if self._after:
                found(*given, **named)
            raise self._error

        return fail


@pytest.fixture
def engine(data_dir: Path) -> Iterator[TantivyEngine]:
    engine = TantivyEngine(data_dir)
    engine.create_index(parse_index_config(index_config(INDEX, 1)))
    yield engine
    engine.close()


def stored(engine: TantivyEngine) -> StoredIndex:
    return engine._indexes[INDEX]


def add(engine: TantivyEngine, *names: str, commit: CommitMode = CommitMode.FORCE) -> None:
    lines = [json.dumps({"doc_id": name, "text": "dog"}).encode() for name in names]
    assert engine.ingest(INDEX, lines, commit).num_ingested == len(names)


def there(engine: TantivyEngine) -> Counter[str]:
    hits = engine.search([INDEX], SearchRequest("dog", max_hits=100)).hits
    return Counter(json.loads(hit)["doc_id"] for hit in hits)


def let_writer_fail(
    engine: TantivyEngine, call: str, error: BaseException, after: bool = False
) -> None:
    index: Any = stored(engine)
    index._writer = Failing(index._open_writer(), call, error, after)


@pytest.mark.parametrize("error", [ValueError("disk full"), OSError(28, "full"), Panic("poisoned")])
def test_what_a_failed_writer_took_is_there_once(
    engine: TantivyEngine, error: BaseException
) -> None:
    add(engine, "a")
    let_writer_fail(engine, "add_json", error)
    add(engine, "b", "c", commit=CommitMode.AUTO)
    add(engine, "d", "e")
    assert there(engine) == dict.fromkeys("abcde", 1)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("error", [ValueError("disk full"), Panic("poisoned")])
def test_a_failed_commit_doubles_nothing_whether_it_came_about_or_not(
    engine: TantivyEngine, error: BaseException, after: bool
) -> None:
    add(engine, "a")
    let_writer_fail(engine, "commit", error, after)
    with pytest.raises(ApiError, match="the commit failed"):
        add(engine, "b")
    add(engine, "c", "d")
    assert there(engine) == dict.fromkeys("abcd", 1)


def test_a_commit_that_cannot_be_shown_is_shown_later_and_once(engine: TantivyEngine) -> None:
    add(engine, "a")
    index: Any = stored(engine)
    index._index = Failing(index._index, "reload", ValueError("Too many open files"))
    with pytest.raises(ApiError, match="Too many open files"):
        add(engine, "b")
    add(engine, "c")
    assert there(engine) == dict.fromkeys("abc", 1)


def test_the_committer_outlives_what_a_commit_throws(engine: TantivyEngine) -> None:
    add(engine, "a")
    engine._committer.end()
    engine._committer = Committer(engine._indexes.values, retry_seconds=0.05)
    index: Any = stored(engine)
    index._index = Failing(index._index, "reload", Panic("poisoned"))
    add(engine, "b", commit=CommitMode.AUTO)
    deadline = time.monotonic() + 20
    while len(there(engine)) < 2:
        assert engine.is_ready
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert there(engine) == {"a": 1, "b": 1}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_node_that_commits_no_more_is_not_ready(engine: TantivyEngine) -> None:
    assert engine.is_ready
    index: Any = stored(engine)
    index._index = Failing(index._index, "reload", SystemExit())
    add(engine, "a", commit=CommitMode.AUTO)
    engine._committer._thread.join(20)
    assert not engine.is_ready


def test_a_delete_task_is_stamped_though_the_writer_fails(engine: TantivyEngine) -> None:
    add(engine, "a", "b")
    let_writer_fail(engine, "delete_documents_by_query", ValueError("disk full"))
    assert engine.create_delete_task(INDEX, "doc_id:a", ()).opstamp == 1
    add(engine, "c")
    assert there(engine) == {"b": 1, "c": 1}
    assert [task.opstamp for task in engine.delete_tasks(INDEX)] == [1]


def test_delete_tasks_are_written_when_there_is_a_new_one(
    engine: TantivyEngine, data_dir: Path
) -> None:
    kept = data_dir / "indexes" / INDEX / "delete_tasks.json"
    engine.create_delete_task(INDEX, "doc_id:a", ())
    add(engine, "b")
    written = kept.stat().st_ino
    add(engine, "c")
    assert kept.stat().st_ino == written
    engine.create_delete_task(INDEX, "doc_id:b", ())
    add(engine, "d")
    assert len(json.loads(kept.read_bytes())) == 2


def test_the_oldest_delete_tasks_leave_the_list(engine: TantivyEngine, data_dir: Path) -> None:
    count = delete_tasks.LISTED_TASKS + 2
    for _ in range(count):
        engine.create_delete_task(INDEX, "doc_id:a", ())
    add(engine, "b")
    listed = [task.opstamp for task in engine.delete_tasks(INDEX)]
    assert listed == list(range(3, count + 1))
    engine.close()
    again = TantivyEngine(data_dir)
    assert [task.opstamp for task in again.delete_tasks(INDEX)] == listed
    assert again.create_delete_task(INDEX, "doc_id:a", ()).opstamp == count + 1
    again.close()
