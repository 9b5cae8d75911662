"""Real processes: writing at once, and dying between any two writes."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from document_writing import (
    KILLED,
    boundaries,
    die_at,
    draft,
    exit_status,
    in_process,
    write,
)

from rushes.documents import Document, DocumentIndex, sweep, verify
from rushes.errors import DocumentError

WRITERS = 4


def test_processes_that_write_one_task_at_once_leave_the_latest(tmp_path: Path) -> None:
    def work(name: str) -> Callable[[], None]:
        def write_some() -> None:
            for number in range(8):
                write(DocumentIndex(tmp_path), run_id=f"{name}-{number}")

        return write_some

    children = [in_process(work(str(number))) for number in range(WRITERS)]
    index, seen = DocumentIndex(tmp_path), []
    while children:
        seen.append(index.get_latest_by_task("scenes", draft().task_id))
        done, status = os.waitpid(-1, os.WNOHANG)
        if done:
            assert os.waitstatus_to_exitcode(status) == 0
            children.remove(done)

    answers = [row.order for row in seen if row is not None]
    assert answers == sorted(answers)  # an answer never goes back to an older one
    documents = list(index.walk())
    assert len(documents) == WRITERS * 8
    latest = max(documents, key=lambda row: (row.created_at, row.doc_id))
    assert index.get_latest_by_task("scenes", latest.task_id) == latest
    assert verify(index, deep=True) == []


def test_processes_that_write_one_document_at_once_make_it_once(tmp_path: Path) -> None:
    for repetition in range(5):
        index = DocumentIndex(tmp_path / str(repetition))
        children = [in_process(lambda i=index: write(i)) for _ in range(WRITERS)]
        assert [exit_status(child) for child in children] == [0] * WRITERS
        assert len(list(index.walk())) == 1
        assert verify(index, deep=True) == []


def test_processes_that_disagree_about_one_document_never_mix_it(tmp_path: Path) -> None:
    def work(text: str) -> Callable[[], None]:
        def write_or_conflict() -> None:
            try:
                write(DocumentIndex(tmp_path), text=text)
            except DocumentError as error:
                if error.code != "document_conflict":
                    raise

        return write_or_conflict

    for _ in range(5):
        children = [in_process(work(str(number))) for number in range(WRITERS)]
        assert [exit_status(child) for child in children] == [0] * WRITERS
        assert verify(DocumentIndex(tmp_path), deep=True) == []
    assert len(list(DocumentIndex(tmp_path).walk())) == 1


def _nothing(_index: DocumentIndex) -> None:
    """The stage has no folder yet."""


def _an_older_document(index: DocumentIndex) -> None:
    write(index, run_id="run-0")


def _damaged_pointers(index: DocumentIndex) -> None:
    write(index, run_id="run-0")
    for pointer in index.root.glob("scenes/_by_*/*/*.json"):
        pointer.write_text("damaged")


@pytest.mark.fault
@pytest.mark.parametrize("before", [_nothing, _an_older_document, _damaged_pointers])
def test_a_crash_at_every_boundary_leaves_the_old_state_or_the_new(
    tmp_path: Path, before: Callable[[DocumentIndex], None]
) -> None:
    rehearsal = tmp_path / "rehearsal"
    before(DocumentIndex(rehearsal))
    passed = boundaries(rehearsal, write)
    assert len(passed) >= 12
    existed = [_crash(tmp_path / str(number), before, number) for number in range(len(passed))]
    first = passed.index("metadata renamed")
    assert existed == [number >= first for number in range(len(passed))]


def _crash(root: Path, before: Callable[[DocumentIndex], None], ordinal: int) -> bool:
    """Kills a writer at a boundary and checks all answers; returns whether its document exists."""
    index = DocumentIndex(root)
    before(index)
    old = {row.doc_id for row in index.walk()}
    killed = DocumentIndex(root, crash_points=die_at(ordinal))
    assert exit_status(in_process(lambda: write(killed))) == KILLED

    documents = list(index.walk())
    exists = draft().doc_id in {row.doc_id for row in documents}
    assert {row.doc_id for row in documents} == old | ({draft().doc_id} if exists else set())
    lookups = [_by_logical_key, _by_task] if ordinal % 2 else [_by_task, _by_logical_key]
    latest = max(documents, key=lambda row: (row.created_at, row.doc_id), default=None)
    for look in lookups:
        assert look(index) == latest
    if documents:
        assert verify(index, deep=True) == []

    sweep(index, grace_seconds=-1, now=datetime.now(UTC))
    assert not list(root.glob("scenes/*/.*.tmp"))
    again = write(index)
    assert (_by_task(index), _by_logical_key(index)) == (again, again)
    assert verify(index, deep=True) == []
    return exists


def _by_task(index: DocumentIndex) -> Document | None:
    return index.get_latest_by_task("scenes", draft().task_id)


def _by_logical_key(index: DocumentIndex) -> Document | None:
    return index.get_latest_by_logical_key("scenes", draft().logical_key_id)


@pytest.mark.fault
def test_a_crash_within_a_repair_leaves_every_answer_right(tmp_path: Path) -> None:
    for ordinal, kind in enumerate(("_by_task", "_by_logical")):
        index = DocumentIndex(tmp_path / kind)
        document = write(index)
        for pointer in index.root.glob("scenes/_by_*/*/*.json"):
            pointer.unlink()
        dying = DocumentIndex(index.root, crash_points=die_at(ordinal))
        assert exit_status(in_process(lambda i=dying: _by_task(i))) == KILLED
        assert (_by_task(index), _by_logical_key(index)) == (document, document)
        assert verify(index) == []


@pytest.mark.fault
def test_a_writer_that_dies_holding_the_lock_stops_nobody(tmp_path: Path) -> None:
    passed = boundaries(tmp_path / "rehearsal", write)
    dying = DocumentIndex(tmp_path, crash_points=die_at(passed.index("metadata renamed")))
    assert exit_status(in_process(lambda: write(dying))) == KILLED
    assert write(DocumentIndex(tmp_path), run_id="run-2").run_id == "run-2"
