"""Keeping the index right: rebuild, verify, sweep, report, delete. All read every document."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from rushes.documents.durable import storage_errors
from rushes.documents.index import DocumentIndex
from rushes.documents.latest import expected_pointers
from rushes.documents.model import Document, DocumentStatus
from rushes.documents.pointers import PointerKind, Untrusted, read_pointer
from rushes.documents.stage_folder import StageFolder, UnreadableDocument
from rushes.errors import DocumentError


@dataclass(frozen=True)
class RebuildCounts:
    """Documents read and damaged, pointers written anew and removed."""

    documents: int = 0
    unreadable: int = 0
    pointers_written: int = 0
    pointers_removed: int = 0


class DriftKind(StrEnum):
    """What can be wrong with an index."""

    POINTER_MISSING = "pointer_missing"
    POINTER_WRONG = "pointer_wrong"
    POINTER_EXTRA = "pointer_extra"
    METADATA_UNREADABLE = "metadata_unreadable"
    FILE_CORRUPT = "file_corrupt"


@dataclass(frozen=True)
class Drift:
    """One difference between the index and a fresh scan; `path` is below the root."""

    kind: DriftKind
    stage: str
    path: Path
    detail: str


def rebuild(index: DocumentIndex) -> RebuildCounts:
    """Makes all pointers from the metadata. Writers of a stage wait while it is read."""
    documents = unreadable = written = removed = 0
    for stage in index.stages():
        with index.stage_folder(stage).locked():
            repair = index.latest(stage).repair()
        documents += repair.documents
        unreadable += repair.unreadable
        written += repair.written
        removed += repair.removed
    return RebuildCounts(documents, unreadable, written, removed)


def verify(index: DocumentIndex, *, deep: bool = False) -> list[Drift]:
    """What differs from a fresh scan; empty when nothing does. Changes nothing.

    `deep` also reads every file and compares its hash. Writers wait only where something seems
    to differ, while the pointers of that stage are compared once more.
    """
    drifts: list[Drift] = []
    for stage in index.stages():
        folder = index.stage_folder(stage)
        found = _pointer_drifts(index, folder)
        if found:  # perhaps only a document that was written while we read
            with folder.locked():
                found = _pointer_drifts(index, folder)
        drifts += found
        drifts += _document_drifts(index, folder, deep=deep)
    return drifts


def sweep(index: DocumentIndex, grace_seconds: float, now: datetime) -> list[Path]:
    """Removes what unfinished writers left and nobody touched for `grace_seconds`.

    That is folders without metadata.json, and temporary files beside it. Returns the removed
    folders. The grace has to be longer than a stage may take between its first file and its end.
    """
    oldest = now.timestamp() - grace_seconds
    removed: list[Path] = []
    for stage in index.stages():
        folder = index.stage_folder(stage)
        for doc_id in folder.folders():
            if folder.has(doc_id):
                _sweep_temporaries(folder.document_folder(doc_id), oldest)
            elif _remove_unfinished(folder, doc_id, oldest):
                removed.append(folder.document_folder(doc_id))
    return removed


def report(index: DocumentIndex) -> Iterator[dict[str, str | int | None]]:
    """One row a task: its latest document of any status, and its latest `ok` one."""
    for stage in index.stages():
        latest: dict[str, Document] = {}
        answers: dict[str, Document] = {}
        for document in index.walk(stage):
            rows = (latest, answers) if document.status is DocumentStatus.OK else (latest,)
            for row in rows:
                held = row.get(document.task_id)
                if held is None or document.order > held.order:
                    row[document.task_id] = document
        for task_id, document in sorted(latest.items()):
            answer = answers.get(task_id)
            yield _report_row(document, answer.doc_id if answer else None)


def documents_of_films(
    index: DocumentIndex,
    asset_ids: Collection[str],
    content_hashes: Collection[str] = (),
    *,
    kept_content_hashes: Collection[str] = (),
) -> list[Document]:
    """What goes when these films go: theirs, and those on their content. Reads all documents.

    `content_hashes` names the films' content: where a twin made the documents and is gone, nobody
    else would ever ask for them. `kept_content_hashes` names content that other films still have:
    its documents stand for those films too, and stay. So do documents that a document of another
    film names as a parent, however far up. Ask for all films at once.
    """
    parents: dict[str, tuple[str, ...]] = {}
    candidates: dict[str, Document] = {}
    kept: list[str] = []
    films, contents = frozenset(asset_ids), frozenset(content_hashes)
    for document in index.walk():
        if document.parent_doc_ids:
            parents[document.doc_id] = document.parent_doc_ids
        is_theirs = document.asset_id in films or document.content_hash in contents
        if is_theirs and document.content_hash not in kept_content_hashes:
            candidates[document.doc_id] = document
        else:
            kept.append(document.doc_id)
    while kept:
        ancestors = parents.get(kept.pop(), ())
        kept += [parent for parent in ancestors if candidates.pop(parent, None)]
    return list(candidates.values())


def delete_each(index: DocumentIndex, documents: Collection[Document]) -> None:
    """Deletes these documents of any stages, as far as they are there."""
    doomed: dict[str, list[str]] = {}
    for document in documents:
        doomed.setdefault(document.stage, []).append(document.doc_id)
    for stage, doc_ids in doomed.items():
        delete_documents(index, stage, doc_ids)


def delete_documents(index: DocumentIndex, stage: str, doc_ids: Collection[str]) -> None:
    """Deletes these documents of a stage, as far as they are there. Reads all of the stage."""
    if not doc_ids:
        return
    folder = index.stage_folder(stage)
    with folder.locked():
        for doc_id in doc_ids:
            folder.metadata_path(doc_id).unlink(missing_ok=True)  # first: it then is no more
            shutil.rmtree(folder.document_folder(doc_id), ignore_errors=True)
        index.latest(stage).repair()


def _pointer_drifts(index: DocumentIndex, folder: StageFolder) -> list[Drift]:
    stage, latest = folder.stage, index.latest(folder.stage)
    expected = expected_pointers(index.walk(stage))
    drifts: list[Drift] = []

    def found(kind: DriftKind, path: Path, detail: str) -> None:
        drifts.append(Drift(kind, stage, path.relative_to(index.root), detail))

    for kind in PointerKind:
        extra = set(latest.pointer_files(kind))
        for key, order in expected[kind].items():
            path = latest.pointer_path(kind, key)
            if path not in extra:
                found(DriftKind.POINTER_MISSING, path, f"should name {order[1]}")
                continue
            extra.remove(path)
            if (named := _named(path, key)) != order:
                is_named = named[1] if named else "nothing that can be read"
                found(DriftKind.POINTER_WRONG, path, f"names {is_named}, should name {order[1]}")
        for path in sorted(extra):
            found(DriftKind.POINTER_EXTRA, path, "no document asks for it")
    return drifts


def _named(path: Path, key: str) -> tuple[datetime, str] | None:
    try:
        return read_pointer(path, key)
    except Untrusted:
        return None


def _document_drifts(index: DocumentIndex, folder: StageFolder, *, deep: bool) -> Iterator[Drift]:
    for row in folder.scan():
        place = Path(folder.stage) / row.doc_id
        if isinstance(row, UnreadableDocument):
            path = place / "metadata.json"
            yield Drift(DriftKind.METADATA_UNREADABLE, folder.stage, path, row.reason)
            continue
        for name in row.files if deep else ():
            try:
                index.read_file(row, name)
            except DocumentError as error:
                path = place / name
                yield Drift(DriftKind.FILE_CORRUPT, folder.stage, path, error.message)


def _remove_unfinished(folder: StageFolder, doc_id: str, oldest: float) -> bool:
    path = folder.document_folder(doc_id)
    if _touched(path) > oldest:
        return False
    with folder.locked():
        if folder.has(doc_id) or _touched(path) > oldest:
            return False
        shutil.rmtree(path)
    return True


def _touched(path: Path) -> float:
    """When anything last changed in `path`, in seconds since 1970; now and then is gone."""
    with storage_errors(path):
        try:
            return max(place.stat().st_mtime for place in (path, *path.iterdir()))
        except FileNotFoundError:
            return float("inf")


def _sweep_temporaries(path: Path, oldest: float) -> None:
    with storage_errors(path):
        for left in path.glob(".*.tmp"):
            if left.stat().st_mtime <= oldest:
                left.unlink(missing_ok=True)


def _report_row(document: Document, latest_ok: str | None) -> dict[str, str | int | None]:
    return {
        "stage": document.stage,
        "task_id": document.task_id,
        "asset_id": document.asset_id,
        "content_version": document.content_version,
        "status": document.status.value,
        "doc_id": document.doc_id,
        "latest_ok_doc_id": latest_ok,
        "error_code": document.error.code if document.error else None,
        "error_text": document.error.text if document.error else None,
        "model_id": document.model_id,
        "model_profile": document.model_profile,
        "config_hash": document.config_hash,
        "run_id": document.run_id,
        "attempt": document.attempt,
        "created_at": document.created_at.isoformat(),
        "size_bytes": sum(stored.size for stored in document.files.values()),
    }
