"""Writing, reading and refusing documents on a real disk."""

from __future__ import annotations

import errno
import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from document_writing import boundaries, draft, write

from rushes.documents import (
    DocumentFailure,
    DocumentIndex,
    DocumentStatus,
    verify,
)
from rushes.documents.durable import CrashPoints
from rushes.errors import DocumentError, InvalidRequestError, NotFoundError, StorageError

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def index(tmp_path: Path) -> DocumentIndex:
    return DocumentIndex(tmp_path / "documents")


def test_a_document_lies_where_the_contract_says(index: DocumentIndex) -> None:
    document = write(index)
    folder = index.root / "scenes" / document.doc_id
    assert sorted(path.name for path in folder.iterdir()) == [
        "metadata.json",
        "parsed.json",
        "prompt.json",
        "raw.json",
    ]
    for kind, key in (("_by_task", document.task_id), ("_by_logical", document.logical_key_id)):
        digest = hashlib.sha256(key.encode()).hexdigest()
        pointer = index.root / "scenes" / kind / digest[:2] / f"{digest}.json"
        assert json.loads(pointer.read_text())["doc_id"] == document.doc_id


def test_what_was_written_is_read_back(index: DocumentIndex) -> None:
    document = index.write(draft(), raw=b"raw", parsed=b"parsed", prompt=b"prompt")
    found = index.get_by_doc_id_and_stage(document.doc_id, "scenes")
    assert found == document
    assert (index.read_raw(found), index.read_parsed(found)) == (b"raw", b"parsed")
    assert index.read_prompt(found) == b"prompt"
    assert index.get_latest_by_task("scenes", document.task_id) == document
    assert index.get_latest_by_logical_key("scenes", document.logical_key_id) == document


def test_raw_is_on_disk_before_the_document_exists(index: DocumentIndex) -> None:
    writer = index.begin(draft())
    writer.write_raw("json", b"what the model said")
    folder = index.root / "scenes" / writer.draft.doc_id
    assert [path.name for path in folder.iterdir()] == ["raw.json"]
    assert index.get_by_doc_id_and_stage(writer.draft.doc_id, "scenes") is None
    assert index.get_latest_by_task("scenes", writer.draft.task_id) is None
    assert list(index.walk()) == []


def test_a_parse_error_keeps_what_the_model_said_and_answers_no_lookup(
    index: DocumentIndex,
) -> None:
    failure = DocumentFailure("parse_error", "no JSON")
    document = index.write(
        draft(), raw=b"gibberish", status=DocumentStatus.PARSE_ERROR, error=failure
    )
    assert index.get_latest_by_task("scenes", document.task_id) is None
    found = index.get_by_doc_id_and_stage(document.doc_id, "scenes")
    assert found is not None
    assert found.error == failure
    assert index.read_raw(found) == b"gibberish"


def test_a_failed_attempt_does_not_hide_the_good_one_before_it(index: DocumentIndex) -> None:
    good = write(index)
    index.write(draft(attempt=2), status=DocumentStatus.SKIPPED)
    assert index.get_latest_by_task("scenes", good.task_id) == good


def test_a_duplicate_film_finds_the_work_of_the_first(index: DocumentIndex) -> None:
    first = write(index)
    twin = draft(asset_id="twin", run_id="run-2")
    assert index.get_latest_by_logical_key("scenes", twin.logical_key_id) == first
    assert index.get_latest_by_task("scenes", twin.task_id) is None


def test_a_late_writer_with_an_older_document_does_not_win(tmp_path: Path) -> None:
    newer = write(DocumentIndex(tmp_path, clock=lambda: NOON), run_id="a")
    write(DocumentIndex(tmp_path, clock=lambda: NOON - timedelta(microseconds=1)), run_id="b")
    assert DocumentIndex(tmp_path).get_latest_by_task("scenes", newer.task_id) == newer


def test_of_two_documents_of_one_instant_the_greater_doc_id_wins(tmp_path: Path) -> None:
    index = DocumentIndex(tmp_path, clock=lambda: NOON)
    written = [write(index, run_id=f"run-{number}") for number in range(4)]
    greatest = max(written, key=lambda document: document.doc_id)
    assert index.get_latest_by_task("scenes", greatest.task_id) == greatest


def test_writing_the_same_document_again_returns_the_first(index: DocumentIndex) -> None:
    first = write(index)
    assert write(index) == first
    assert len(list(index.walk())) == 1
    assert not list(index.root.rglob("*.tmp"))


@pytest.mark.parametrize(
    "changes", [{"text": "other"}, {"model_id": "other"}, {"parent_doc_ids": ("parent",)}]
)
def test_the_same_doc_id_with_other_content_is_a_conflict(
    index: DocumentIndex, changes: dict[str, object]
) -> None:
    parent = write(index, stage="probe")
    first = write(index)
    if "parent_doc_ids" in changes:
        changes = {"parent_doc_ids": (parent.doc_id,)}
    with pytest.raises(DocumentError, match="count the attempt up") as caught:
        write(index, **changes)
    assert caught.value.code == "document_conflict"
    assert index.read_raw(first) == b"said"
    assert verify(index, deep=True) == []
    assert not list(index.root.rglob("*.tmp"))


def test_two_live_writers_of_one_doc_id_never_mix_their_files(index: DocumentIndex) -> None:
    first, second = index.begin(draft()), index.begin(draft())
    first.write_raw("json", b"first")
    second.write_raw("json", b"second")
    with pytest.raises(DocumentError) as caught:
        first.finish(DocumentStatus.OK)
    assert caught.value.code == "document_conflict"
    assert index.read_raw(second.finish(DocumentStatus.OK)) == b"second"


def test_a_writer_that_is_too_late_leaves_the_finished_document_alone(
    index: DocumentIndex,
) -> None:
    late = index.begin(draft())
    document = write(index)
    with pytest.raises(DocumentError, match="another writer"):
        late.write_raw("json", b"late")
    assert index.read_raw(document) == b"said"


def test_what_a_dead_writer_left_does_not_stop_the_next_try(index: DocumentIndex) -> None:
    index.begin(draft()).write_raw("json", b"half of it")
    assert index.read_raw(write(index)) == b"said"


def test_a_missing_parent_fails_at_once(index: DocumentIndex) -> None:
    with pytest.raises(DocumentError, match="does not exist") as caught:
        index.begin(draft(parent_doc_ids=("0" * 20,)))
    assert caught.value.code == "parent_missing"
    assert not index.root.exists()


def test_a_parent_of_another_stage_is_found(index: DocumentIndex) -> None:
    parent = write(index, stage="probe")
    child = write(index, parent_doc_ids=(parent.doc_id,))
    assert child.parent_doc_ids == (parent.doc_id,)


def test_a_parent_that_vanished_while_the_model_ran_fails_the_document(
    index: DocumentIndex,
) -> None:
    parent = write(index, stage="probe")
    writer = index.begin(draft(parent_doc_ids=(parent.doc_id,)))
    (index.root / "probe" / parent.doc_id / "metadata.json").unlink()
    with pytest.raises(DocumentError, match="does not exist"):
        writer.finish(DocumentStatus.OK)
    assert not index.has(writer.draft.doc_id)


def test_a_file_that_changed_on_disk_is_never_handed_out(index: DocumentIndex) -> None:
    document = write(index)
    (index.root / "scenes" / document.doc_id / "raw.json").write_bytes(b"sajd")
    with pytest.raises(DocumentError, match="not what was written") as caught:
        index.read_raw(document)
    assert caught.value.code == "document_corrupt"


def test_a_file_that_is_gone_is_a_corrupt_document(index: DocumentIndex) -> None:
    document = write(index)
    (index.root / "scenes" / document.doc_id / "parsed.json").unlink()
    with pytest.raises(DocumentError, match="is missing"):
        index.read_parsed(document)


def test_a_document_without_a_prompt_says_so(index: DocumentIndex) -> None:
    with pytest.raises(NotFoundError, match="has no prompt file"):
        index.read_prompt(index.write(draft(), raw=b"raw"))


def test_of_several_raw_files_one_is_named_by_its_suffix(index: DocumentIndex) -> None:
    writer = index.begin(draft())
    writer.write_raw("json", b"{}")
    writer.write_raw("npy", b"numbers")
    document = writer.finish(DocumentStatus.OK)
    assert index.read_raw(document, "npy") == b"numbers"
    with pytest.raises(InvalidRequestError, match="name the suffix"):
        index.read_raw(document)


@pytest.mark.parametrize("stage", ["../other", "_by_task", "", "Scenes"])
def test_a_stage_that_leaves_the_root_is_refused_before_anything_is_written(
    index: DocumentIndex, stage: str
) -> None:
    with pytest.raises(InvalidRequestError):
        write(index, stage=stage)
    with pytest.raises(InvalidRequestError):
        index.get_latest_by_task(stage, "task")
    assert not index.root.exists()


def test_looking_into_an_empty_index_leaves_no_trace(index: DocumentIndex) -> None:
    assert index.get_latest_by_task("scenes", "task") is None
    assert index.get_by_doc_id_and_stage("0" * 20, "scenes") is None
    assert index.stages() == []
    assert not index.root.exists()


def test_walk_yields_all_stages_in_order(index: DocumentIndex) -> None:
    written = [
        write(index, stage=stage, run_id=run) for stage in ("speech", "probe") for run in "ab"
    ]
    assert index.stages() == ["probe", "speech"]
    assert list(index.walk()) == sorted(written, key=lambda row: (row.stage, row.doc_id))
    assert {row.stage for row in index.walk("speech")} == {"speech"}


@pytest.mark.parametrize(
    ("error", "code"),
    [(errno.ENOSPC, "disk_full"), (errno.EDQUOT, "disk_full"), (errno.EIO, "storage")],
)
def test_a_disk_that_refuses_leaves_no_document_and_the_old_answer(
    tmp_path: Path, error: int, code: str
) -> None:
    index = DocumentIndex(tmp_path / "documents")
    old = write(index)
    write(DocumentIndex(tmp_path / "other"))
    passed = boundaries(tmp_path / "other", lambda other: write(other, run_id="run-2"))
    for name in passed[: passed.index("metadata renamed")]:
        refusing = DocumentIndex(index.root, crash_points=_refuse_at(name, error))
        with pytest.raises(StorageError) as caught:
            write(refusing, run_id="run-2")
        assert (caught.value.code, caught.value.retryable) == (code, True)
        assert not index.has(draft(run_id="run-2").doc_id)
        assert index.get_latest_by_task("scenes", old.task_id) == old
        assert verify(index) == []
        assert not list(index.root.rglob("*.tmp"))


def test_a_refused_write_costs_the_next_lookup_no_scan(tmp_path: Path) -> None:
    old = write(DocumentIndex(tmp_path))
    refuse = _refuse_at("_by_logical prepared", errno.ENOSPC)
    with pytest.raises(StorageError):
        write(DocumentIndex(tmp_path, crash_points=refuse), run_id="run-2")
    assert boundaries(tmp_path, lambda i: i.get_latest_by_task("scenes", old.task_id)) == []


def _refuse_at(boundary: str, error: int) -> CrashPoints:
    def point(name: str) -> None:
        if name == boundary:
            raise OSError(error, "refused", "somewhere")

    return point
