"""What is acknowledged and not committed is replayed after a crash.

A crash is a copy of the files while nothing else is written: all that a `kill -9` leaves.
"""

from __future__ import annotations

import json
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from quickwit.node.engine import CommitMode, SearchRequest
from quickwit.node.mapping.config import parse_index_config
from quickwit.node.storage.engine import TantivyEngine
from tests.integration.node.node_process import index_config

INDEX = "contract-replay"
Crash = Callable[[TantivyEngine], TantivyEngine]

pytestmark = pytest.mark.fault


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[[Path], TantivyEngine]]:
    engines: list[TantivyEngine] = []

    def open_engine(data: Path) -> TantivyEngine:
        engines.append(TantivyEngine(data))
        return engines[-1]

    yield open_engine
    for engine in engines:
        engine.close()


@pytest.fixture
def engine(opened: Callable[[Path], TantivyEngine], tmp_path: Path) -> TantivyEngine:
    """An engine that commits when it is told to, not by itself."""
    engine = opened(tmp_path / "data")
    engine.create_index(parse_index_config(index_config(INDEX, 3600)))
    engine._committer.end()
    return engine


@pytest.fixture
def crashed(opened: Callable[[Path], TantivyEngine], tmp_path: Path) -> Crash:
    """What starts after a crash of an engine."""
    copies: list[Path] = []

    def crash(engine: TantivyEngine) -> TantivyEngine:
        data = copies[-1] if copies else tmp_path / "data"
        copies.append(tmp_path / f"copy{len(copies)}")
        with engine._indexes[INDEX]._lock:
            # Drafts come and go while the writer's threads work; no crash makes them count.
            shutil.copytree(data, copies[-1], ignore=shutil.ignore_patterns(".tmp*"))
        return opened(copies[-1])

    return crash


def add(engine: TantivyEngine, name: str, rev: int = 0, commit: bool = False) -> None:
    line = json.dumps({"doc_id": name, "rev": rev}).encode()
    mode = CommitMode.FORCE if commit else CommitMode.AUTO
    assert engine.ingest(INDEX, [line], mode).num_ingested == 1


def ids(engine: TantivyEngine) -> Counter[str]:
    """How often each document is visible."""
    hits = engine.search([INDEX], SearchRequest("*", max_hits=100)).hits
    found = Counter(json.loads(hit)["doc_id"] for hit in hits)
    del found["marker"]
    return found


def committed(engine: TantivyEngine) -> Counter[str]:
    add(engine, "marker", commit=True)
    return ids(engine)


def test_documents_that_were_not_committed_are_replayed(
    engine: TantivyEngine, crashed: Crash
) -> None:
    add(engine, "a")
    add(engine, "b")
    assert ids(engine) == {}
    again = crashed(engine)
    assert committed(again) == {"a": 1, "b": 1}
    assert committed(crashed(again)) == {"a": 1, "b": 1}


def test_what_is_replayed_is_committed_in_time(engine: TantivyEngine, crashed: Crash) -> None:
    add(engine, "a")
    again = crashed(engine)
    deadline = time.monotonic() + 20
    while not ids(again):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_replayed_delete_task_takes_only_what_came_before_it(
    engine: TantivyEngine, crashed: Crash
) -> None:
    add(engine, "old", rev=1, commit=True)
    add(engine, "waiting", rev=1)
    engine.create_delete_task(INDEX, "rev:1", ())
    add(engine, "later", rev=1)
    again = crashed(engine)
    assert committed(again) == {"later": 1}
    assert len(again.delete_tasks(INDEX)) == 1
    assert committed(crashed(again)) == {"later": 1}


def test_what_was_deleted_does_not_come_back(engine: TantivyEngine, crashed: Crash) -> None:
    add(engine, "a", rev=1)
    add(engine, "b", rev=2, commit=True)
    engine.create_delete_task(INDEX, "rev:2", ())
    again = crashed(engine)
    assert committed(again) == {"a": 1}
    again.clear_index(INDEX)
    assert committed(crashed(again)) == {}
