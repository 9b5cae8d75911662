"""Damage to the pointers never changes an answer, and an intact index is never scanned."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from document_writing import boundaries, draft, write
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from rushes.documents import (
    Document,
    DocumentFailure,
    DocumentIndex,
    DocumentStatus,
    verify,
)

EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
_MOMENTS = st.integers(0, 5)
_STATUSES = st.sampled_from([*[DocumentStatus.OK] * 3, *DocumentStatus])


class Clock:
    """Says what it was told: `seconds` after the epoch of these tests."""

    seconds = 0

    def __call__(self) -> datetime:
        return EPOCH + timedelta(seconds=self.seconds)


def _pointer(index: DocumentIndex, document: Document, kind: str = "_by_task") -> Path:
    found = [
        path
        for path in (index.root / document.stage / kind).glob("*/*.json")
        if json.loads(path.read_text())["doc_id"] == document.doc_id
    ]
    assert len(found) == 1
    return found[0]


def _older_bytes(pointer: Path, older: bytes) -> None:
    pointer.write_bytes(older)


_DAMAGES: dict[str, Callable[[Path, bytes], object]] = {
    "deleted": lambda pointer, _: pointer.unlink(),
    "emptied": lambda pointer, _: pointer.write_bytes(b""),
    "garbage": lambda pointer, _: pointer.write_bytes(b"\x00\xff{"),
    "another shape": lambda pointer, _: pointer.write_text("[1]"),
    "a path as doc_id": lambda pointer, old: pointer.write_bytes(
        json.dumps(json.loads(old) | {"doc_id": "../../secret", "mtime_ns": None}).encode()
    ),
    "no such document": lambda pointer, old: pointer.write_bytes(
        json.dumps(json.loads(old) | {"doc_id": "0" * 20, "mtime_ns": None}).encode()
    ),
    "an older pointer written into it": _older_bytes,
    "shard deleted": lambda pointer, _: shutil.rmtree(pointer.parent),
    "shard a file": lambda pointer, _: (
        shutil.rmtree(pointer.parent),
        pointer.parent.write_text(""),
    ),
    "all shards deleted": lambda pointer, _: shutil.rmtree(pointer.parents[1]),
    "shard renamed": lambda pointer, _: pointer.parent.rename(pointer.parents[1] / "zz"),
}


@pytest.mark.parametrize("damage", _DAMAGES)
@pytest.mark.parametrize("kind", ["_by_task", "_by_logical"])
def test_a_damaged_pointer_is_repaired_and_the_answer_is_right(
    tmp_path: Path, damage: str, kind: str
) -> None:
    index = DocumentIndex(tmp_path)
    older = write(index)
    old_bytes = _pointer(index, older, kind).read_bytes()
    newer = write(index, run_id="run-2")
    _DAMAGES[damage](_pointer(index, newer, kind), old_bytes)

    assert verify(index)
    assert index.get_latest_by_task("scenes", newer.task_id) == newer
    assert index.get_latest_by_logical_key("scenes", newer.logical_key_id) == newer
    assert verify(index) == []
    assert _looked_up_without_a_scan(index, newer)


@pytest.mark.parametrize("damage", _DAMAGES)
def test_a_writer_over_a_damaged_pointer_keeps_the_rule_of_order(
    tmp_path: Path, damage: str
) -> None:
    clock = Clock()
    index = DocumentIndex(tmp_path, clock=clock)
    oldest = write(index)
    old_bytes = _pointer(index, oldest).read_bytes()
    clock.seconds = 9
    newest = write(index, run_id="run-2")
    _DAMAGES[damage](_pointer(index, newest), old_bytes)
    clock.seconds = 5
    write(index, run_id="run-3")
    assert index.get_latest_by_task("scenes", newest.task_id) == newest
    assert verify(index) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"status": DocumentStatus.SKIPPED, "run_id": "skipped"},
        {"status": DocumentStatus.OK, "asset_id": "another", "content_hash": "another"},
        {"status": DocumentStatus.OK, "run_id": "older", "seconds": -9},
    ],
    ids=["a document that is not ok", "another film's document", "an older document"],
)
def test_a_pointer_that_names_a_wrong_document_is_repaired(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    clock = Clock()
    index = DocumentIndex(tmp_path, clock=clock)
    right = write(index)
    clock.seconds = changes.pop("seconds", 0)
    wrong = _write_with_status(index, **changes)
    pointer = _pointer(index, right)
    row = json.loads(pointer.read_text()) | {"doc_id": wrong.doc_id, "mtime_ns": None}
    pointer.write_text(json.dumps(row))
    assert index.get_latest_by_task("scenes", right.task_id) == right
    assert verify(index) == []


def test_a_pointer_to_a_document_that_is_gone_falls_back_to_the_one_before(
    tmp_path: Path,
) -> None:
    index = DocumentIndex(tmp_path)
    older, newer = write(index), write(index, run_id="run-2")
    shutil.rmtree(tmp_path / "scenes" / newer.doc_id)
    assert index.get_latest_by_task("scenes", newer.task_id) == older
    assert verify(index) == []


def test_a_pointer_to_damaged_metadata_falls_back_to_the_one_before(tmp_path: Path) -> None:
    index = DocumentIndex(tmp_path)
    older, newer = write(index), write(index, run_id="run-2")
    (tmp_path / "scenes" / newer.doc_id / "metadata.json").write_text("{")
    assert index.get_latest_by_task("scenes", newer.task_id) == older
    assert [drift.kind for drift in verify(index)] == ["metadata_unreadable"]


def test_a_film_that_was_never_analysed_costs_no_scan(tmp_path: Path) -> None:
    index = DocumentIndex(tmp_path)
    for number in range(3):
        write(index, asset_id=f"film-{number}", content_hash=f"content-{number}")
    for number in range(300):  # more than there are shards
        task_id = draft(asset_id=f"new-{number}").task_id
        assert not boundaries(tmp_path, lambda i, t=task_id: i.get_latest_by_task("scenes", t))


def test_an_index_that_was_copied_scans_once_and_then_no_more(tmp_path: Path) -> None:
    document = write(DocumentIndex(tmp_path / "old"))
    shutil.copytree(tmp_path / "old", tmp_path / "new", copy_function=shutil.copyfile)
    (tmp_path / "new" / "scenes" / "_by_task").touch()  # as a copy without times would
    index = DocumentIndex(tmp_path / "new")
    assert not _looked_up_without_a_scan(index, document)
    assert _looked_up_without_a_scan(index, document)


def _looked_up_without_a_scan(index: DocumentIndex, document: Document) -> bool:
    def look(watched: DocumentIndex) -> None:
        assert watched.get_latest_by_task("scenes", document.task_id) == document

    return boundaries(index.root, look) == []


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ab"), _MOMENTS, _STATUSES), max_size=10))
def test_whatever_the_order_of_writes_the_pointers_equal_a_fresh_scan(
    writes: list[tuple[str, int, DocumentStatus]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        clock = Clock()
        index = DocumentIndex(Path(folder), clock=clock)
        for number, (asset, moment, status) in enumerate(writes):
            clock.seconds = moment
            _write_with_status(index, status, asset_id=asset, run_id=str(number))
        assert verify(index) == []
        _assert_answers(index, list(index.walk()))


def _write_with_status(index: DocumentIndex, status: DocumentStatus, **changes: Any) -> Document:
    failed = status in (DocumentStatus.PARSE_ERROR, DocumentStatus.STAGE_ERROR)
    error = DocumentFailure("failed", "on purpose") if failed else None
    return index.write(draft(**changes), raw=b"raw", status=status, error=error)


def _assert_answers(index: DocumentIndex, documents: list[Document]) -> None:
    for asset in "ab":
        wanted = draft(asset_id=asset)
        ok = [row for row in documents if row.status is DocumentStatus.OK]
        mine = [row for row in ok if row.asset_id == asset]
        latest = max(mine, key=lambda row: (row.created_at, row.doc_id), default=None)
        assert index.get_latest_by_task("scenes", wanted.task_id) == latest
        shared = max(ok, key=lambda row: (row.created_at, row.doc_id), default=None)
        assert index.get_latest_by_logical_key("scenes", wanted.logical_key_id) == shared


class DamagedIndex(RuleBasedStateMachine):
    """Writes and damage in any order; the model is a list of the documents that exist."""

    @initialize()
    def start(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.clock = Clock()
        self.index = DocumentIndex(Path(self.folder.name), clock=self.clock)
        self.documents: list[Document] = []
        self.written = 0
        self.earlier: list[tuple[Path, bytes]] = []

    @rule(asset=st.sampled_from("ab"), moment=_MOMENTS, status=_STATUSES)
    def write(self, asset: str, moment: int, status: DocumentStatus) -> None:
        self.clock.seconds = moment
        self.written += 1
        self.earlier += [(path, path.read_bytes()) for path in self._pointers()]
        self.documents.append(
            _write_with_status(self.index, status, asset_id=asset, run_id=str(self.written))
        )

    @rule(data=st.data(), damage=st.sampled_from(["delete", "garbage", "shard", "kind"]))
    def damage_a_pointer(self, data: st.DataObject, damage: str) -> None:
        if not (pointers := self._pointers()):
            return
        pointer = data.draw(st.sampled_from(pointers))
        if damage == "delete":
            pointer.unlink()
        elif damage == "garbage":
            pointer.write_bytes(b"{}")
        else:
            shutil.rmtree(pointer.parent if damage == "shard" else pointer.parents[1])

    @rule(data=st.data())
    def write_an_earlier_pointer_back(self, data: st.DataObject) -> None:
        if there := [pair for pair in self.earlier if pair[0].exists()]:
            path, old = data.draw(st.sampled_from(there))
            path.write_bytes(old)

    @rule(data=st.data())
    def lose_a_document(self, data: st.DataObject) -> None:
        if self.documents:
            lost = data.draw(st.sampled_from(self.documents))
            self.documents.remove(lost)
            shutil.rmtree(self.index.root / "scenes" / lost.doc_id)

    @rule()
    def look_up(self) -> None:
        _assert_answers(self.index, self.documents)

    @invariant()
    def documents_are_what_was_written(self) -> None:
        found = sorted(row.doc_id for row in self.index.walk())
        assert found == sorted(row.doc_id for row in self.documents)

    def teardown(self) -> None:
        _assert_answers(self.index, self.documents)
        assert verify(self.index) == []
        self.folder.cleanup()

    def _pointers(self) -> list[Path]:
        return sorted(self.index.root.glob("scenes/_by_*/*/*.json"))


TestDamagedIndex = DamagedIndex.TestCase
TestDamagedIndex.settings = settings(max_examples=25, stateful_step_count=12, deadline=None)
