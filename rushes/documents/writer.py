"""Writing one document: files as they come, metadata.json last."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rushes.documents import model
from rushes.documents.durable import (
    CrashPoints,
    make_folder,
    storage_errors,
    sync_folder,
    write_temporary,
)
from rushes.documents.identity import checked_suffix
from rushes.documents.latest import LatestDocuments
from rushes.documents.model import (
    Document,
    DocumentDraft,
    DocumentFailure,
    DocumentStatus,
    StoredFile,
)
from rushes.documents.stage_folder import StageFolder
from rushes.errors import DocumentError


@dataclass(frozen=True)
class _Written:
    """A file that we wrote, and how to see that it is still ours: inode, mtime in ns, size."""

    stored: StoredFile
    mark: tuple[int, int, int] | None


@dataclass(frozen=True)
class WriterSurroundings:
    """What a writer needs of its index."""

    stage: StageFolder
    latest: LatestDocuments
    clock: Callable[[], datetime]
    require_parents: Callable[[DocumentDraft], None]
    crash_points: CrashPoints


class DocumentWriter:
    """Takes the files of one document and makes it exist with `finish`.

    Nothing exists before that: a writer that is dropped leaves a folder for the sweep. A second
    writer of the same doc_id may only repeat what the first one wrote, else DocumentError
    `document_conflict`. On a full disk StorageError `disk_full`, and no document.
    """

    def __init__(self, draft: DocumentDraft, surroundings: WriterSurroundings) -> None:
        self.draft = draft
        self._around = surroundings
        self._folder = surroundings.stage.document_folder(draft.doc_id)
        self._written: dict[str, _Written] = {}

    def write_raw(self, suffix: str, data: bytes) -> None:
        """The model's own output: on disk when this returns, before anybody validates it."""
        self._write("raw", suffix, data)
        with storage_errors(self._folder):
            sync_folder(self._folder)
            self._around.crash_points("raw durable")

    def write_prompt(self, suffix: str, data: bytes) -> None:
        """The configuration, or the prompt where there is one. Durable after `finish`."""
        self._write("prompt", suffix, data)

    def write_parsed(self, suffix: str, data: bytes) -> None:
        """The artifact payloads. Durable after `finish`."""
        self._write("parsed", suffix, data)

    def finish(self, status: DocumentStatus, error: DocumentFailure | None = None) -> Document:
        """Makes the document exist and, where it is `ok`, moves the pointers.

        Returns the document that was there already if it has the same content.
        """
        document = model.finished(
            self.draft,
            status=status,
            error=error,
            created_at=self._around.clock(),
            files={name: written.stored for name, written in sorted(self._written.items())},
        )
        self._around.require_parents(self.draft)
        stage = self._around.stage
        with storage_errors(self._folder):
            make_folder(self._folder)
            target = stage.metadata_path(document.doc_id)
            temporary = write_temporary(target, document.to_json())
            try:
                self._around.crash_points("metadata written")
                sync_folder(self._folder)  # the names of all files, before the document exists
                with stage.locked():
                    return self._existing(document) or self._publish(document, temporary)
            finally:
                temporary.unlink(missing_ok=True)

    def _publish(self, document: Document, metadata: Path) -> Document:
        for name, written in self._written.items():
            if not _holds(self._folder / name, written):
                raise self._conflict(name)
        self._around.latest.publish(document, metadata)
        return document

    def _existing(self, document: Document) -> Document | None:
        existing = self._around.stage.load(document.doc_id)
        if existing is not None and not existing.same_content(document):
            raise self._conflict("metadata.json")
        return existing

    def _write(self, role: str, suffix: str, data: bytes) -> None:
        name = f"{role}.{checked_suffix(suffix)}"
        stored = StoredFile(hashlib.sha256(data).hexdigest(), len(data))
        if name in self._written and self._written[name].stored != stored:
            raise self._conflict(name)
        with storage_errors(self._folder):
            make_folder(self._folder)
            temporary = write_temporary(self._folder / name, data)
            try:
                self._around.crash_points(f"{role} written")
                mark = self._place(name, stored, temporary)
            finally:
                temporary.unlink(missing_ok=True)
            self._around.crash_points(f"{role} renamed")
        self._written[name] = _Written(stored, mark)

    def _place(self, name: str, stored: StoredFile, temporary: Path) -> tuple[int, int, int] | None:
        """Gives the file its name, unless the finished document already has the same one."""
        with self._around.stage.locked():
            existing = self._around.stage.load(self.draft.doc_id)
            if existing is None:
                temporary.replace(self._folder / name)
                return _mark(self._folder / name)
            if existing.files.get(name) != stored:
                raise self._conflict(name)
            return None

    def _conflict(self, name: str) -> DocumentError:
        return DocumentError(
            f"document {self.draft.doc_id} of stage {self.draft.stage}: another writer left"
            f" another {name} under the same run {self.draft.run_id}, attempt {self.draft.attempt}",
            code="document_conflict",
            remedy="count the attempt up, or start a new run",
        )


def _holds(path: Path, written: _Written) -> bool:
    """Whether the file is the one that we wrote, or one that another writer wrote alike."""
    mark = _mark(path)
    if mark is None or mark == written.mark:
        return mark is not None
    return hashlib.sha256(path.read_bytes()).hexdigest() == written.stored.sha256


def _mark(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
