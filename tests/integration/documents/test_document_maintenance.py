"""Rebuild, verify, sweep, report and delete, on a real disk."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from document_writing import draft, write

from rushes.documents import (
    DocumentFailure,
    DocumentIndex,
    DocumentStatus,
    DriftKind,
    RebuildCounts,
    delete_each,
    documents_of_films,
    rebuild,
    report,
    sweep,
    verify,
)

GRACE_SECONDS = 3600.0


@pytest.fixture
def index(tmp_path: Path) -> DocumentIndex:
    return DocumentIndex(tmp_path / "documents")


def _delete(index: DocumentIndex, *films: str, contents: str = "", kept: str = "") -> list[str]:
    """Delete what goes with these films; returns the doc_ids."""
    doomed = documents_of_films(index, films, {contents}, kept_content_hashes={kept})
    delete_each(index, doomed)
    return sorted(document.doc_id for document in doomed)


def _later(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def test_rebuild_makes_all_pointers_from_the_documents_alone(index: DocumentIndex) -> None:
    documents = [write(index, stage=stage) for stage in ("probe", "scenes")]
    for stage in index.stages():
        for name in ("_by_task", "_by_logical"):
            shutil.rmtree(index.root / stage / name)
    assert len(verify(index)) == 4
    assert rebuild(index) == RebuildCounts(documents=2, pointers_written=4)
    assert verify(index) == []
    for row in documents:
        assert index.get_latest_by_task(row.stage, row.task_id) == row


def test_rebuild_of_a_sound_index_writes_nothing(index: DocumentIndex) -> None:
    write(index)
    before = {path: path.stat().st_mtime_ns for path in index.root.rglob("*")}
    assert rebuild(index) == RebuildCounts(documents=1)
    assert {path: path.stat().st_mtime_ns for path in index.root.rglob("*")} == before


def test_rebuild_finds_a_document_that_was_copied_in(index: DocumentIndex, tmp_path: Path) -> None:
    elsewhere = DocumentIndex(tmp_path / "elsewhere")
    newer = write(elsewhere, run_id="run-2")
    write(index, asset_id="another", content_hash="another")
    place = Path("scenes") / newer.doc_id
    shutil.copytree(elsewhere.root / place, index.root / place)
    assert {drift.kind for drift in verify(index)} == {DriftKind.POINTER_MISSING}
    rebuild(index)
    assert index.get_latest_by_task("scenes", newer.task_id) == newer


def test_rebuild_removes_pointers_that_no_document_asks_for(index: DocumentIndex) -> None:
    document = write(index)
    shutil.rmtree(index.root / "scenes" / document.doc_id)
    assert {drift.kind for drift in verify(index)} == {DriftKind.POINTER_EXTRA}
    assert rebuild(index) == RebuildCounts(pointers_removed=2)
    assert verify(index) == []


def test_verify_changes_nothing(index: DocumentIndex) -> None:
    write(index)
    pointer = next(index.root.glob("scenes/_by_task/*/*.json"))
    pointer.write_text("damaged")
    drifts = verify(index)
    assert [(drift.kind, drift.path) for drift in drifts] == [
        (DriftKind.POINTER_WRONG, pointer.relative_to(index.root))
    ]
    assert verify(index) == drifts


def test_verify_names_damaged_metadata(index: DocumentIndex) -> None:
    place = Path("scenes") / write(index).doc_id / "metadata.json"
    (index.root / place).write_text("{}")
    rebuild(index)
    assert [(drift.kind, drift.path) for drift in verify(index)] == [
        (DriftKind.METADATA_UNREADABLE, place)
    ]
    assert rebuild(index).unreadable == 1


def test_only_a_deep_verify_reads_the_files(index: DocumentIndex) -> None:
    place = Path("scenes") / write(index).doc_id / "raw.json"
    (index.root / place).write_bytes(b"rotten")
    assert verify(index) == []
    assert [(drift.kind, drift.path) for drift in verify(index, deep=True)] == [
        (DriftKind.FILE_CORRUPT, place)
    ]


def test_the_sweep_spares_a_writer_that_is_still_at_work(index: DocumentIndex) -> None:
    writer = index.begin(draft())
    writer.write_raw("json", b"raw")
    assert sweep(index, GRACE_SECONDS, _later(GRACE_SECONDS - 60)) == []
    assert index.read_raw(writer.finish(DocumentStatus.OK)) == b"raw"


def test_the_sweep_removes_what_a_dead_writer_left(index: DocumentIndex) -> None:
    document = write(index)
    writer = index.begin(draft(run_id="dead"))
    writer.write_raw("json", b"raw")
    left = index.root / "scenes" / writer.draft.doc_id
    assert sweep(index, GRACE_SECONDS, _later(GRACE_SECONDS + 60)) == [left]
    assert not left.exists()
    assert index.get_latest_by_task("scenes", document.task_id) == document
    assert verify(index, deep=True) == []


def test_the_sweep_counts_the_grace_from_the_last_file(index: DocumentIndex) -> None:
    writer = index.begin(draft())
    writer.write_raw("json", b"raw")
    folder = index.root / "scenes" / writer.draft.doc_id
    os.utime(folder, (0, 0))
    assert sweep(index, GRACE_SECONDS, datetime.now(UTC)) == []


def test_the_sweep_removes_temporary_files_beside_finished_ones(index: DocumentIndex) -> None:
    folder = index.root / "scenes" / write(index).doc_id
    (folder / ".raw.json.0123.tmp").write_bytes(b"half")
    sweep(index, GRACE_SECONDS, _later(GRACE_SECONDS + 60))
    assert not list(folder.glob(".*"))
    assert len(list(folder.iterdir())) == 4


def test_the_report_has_one_row_a_task_with_its_last_outcome(index: DocumentIndex) -> None:
    good = write(index)
    failed = index.write(
        draft(run_id="run-2"),
        raw=b"?",
        status=DocumentStatus.PARSE_ERROR,
        error=DocumentFailure("parse_error", "no JSON"),
    )
    write(index, asset_id="another", content_hash="another")
    rows = {row["asset_id"]: row for row in report(index)}
    assert sorted(rows) == ["another", "film"]
    assert rows["film"]["status"] == "parse_error"
    assert rows["film"]["error_code"] == "parse_error"
    assert rows["film"]["doc_id"] == failed.doc_id
    assert rows["film"]["latest_ok_doc_id"] == good.doc_id
    assert rows["another"]["doc_id"] == rows["another"]["latest_ok_doc_id"]


def test_deleting_a_film_takes_its_documents_of_all_stages_and_no_others(
    index: DocumentIndex,
) -> None:
    other = write(index, asset_id="other", content_hash="other")
    probe = write(index, stage="probe")
    scenes = write(index, parent_doc_ids=(probe.doc_id,))
    deleted = _delete(index, "film")
    assert deleted == sorted([probe.doc_id, scenes.doc_id])
    assert list(index.walk()) == [other]
    assert index.get_latest_by_task("scenes", scenes.task_id) is None
    assert index.get_latest_by_task("scenes", other.task_id) == other
    assert not (index.root / "scenes" / scenes.doc_id).exists()
    assert verify(index) == []


def test_deleting_a_film_spares_content_that_a_duplicate_still_has(index: DocumentIndex) -> None:
    shared = write(index)
    assert _delete(index, "film", kept="content") == []
    assert index.get_latest_by_logical_key("scenes", shared.logical_key_id) == shared


def test_deleting_a_film_spares_the_ancestors_of_another_films_documents(
    index: DocumentIndex,
) -> None:
    probe = write(index, stage="probe")
    speech = write(index, stage="speech", parent_doc_ids=(probe.doc_id,))
    own = write(index)
    child = write(index, asset_id="twin", run_id="2", parent_doc_ids=(speech.doc_id,))
    assert _delete(index, "film") == [own.doc_id]
    assert {row.doc_id for row in index.walk()} == {probe.doc_id, speech.doc_id, child.doc_id}


def test_deleting_both_films_takes_everything(index: DocumentIndex) -> None:
    probe = write(index, stage="probe")
    write(index, asset_id="twin", run_id="2", parent_doc_ids=(probe.doc_id,))
    assert len(_delete(index, "film", "twin")) == 2
    assert list(index.walk()) == []
    assert verify(index) == []


def test_deleting_the_last_film_of_a_content_takes_what_a_twin_had_made(
    index: DocumentIndex,
) -> None:
    made = write(index)
    assert _delete(index, "film", contents="content", kept="content") == []
    assert _delete(index, "twin", contents="content") == [made.doc_id]
