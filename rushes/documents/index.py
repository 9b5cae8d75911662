"""The document index: what was analysed, found again by path or by pointer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from rushes.documents import stage_folder
from rushes.documents.durable import CrashPoints, no_crash_points, storage_errors
from rushes.documents.identity import is_doc_id
from rushes.documents.latest import LatestDocuments
from rushes.documents.model import Document, DocumentDraft, DocumentFailure, DocumentStatus
from rushes.documents.pointers import PointerKind
from rushes.documents.stage_folder import StageFolder
from rushes.documents.writer import DocumentWriter, WriterSurroundings
from rushes.errors import DocumentError, InvalidRequestError, NotFoundError


def _now() -> datetime:
    return datetime.now(UTC)


class DocumentIndex:
    """The documents below `root`. Any number of processes and threads may share one root.

    `clock` gives the aware time of a document's creation; `crash_points` is called between
    writes. Every method may raise StorageError.
    """

    def __init__(
        self,
        root: Path,
        *,
        clock: Callable[[], datetime] = _now,
        crash_points: CrashPoints = no_crash_points,
    ) -> None:
        self.root = root
        self._clock = clock
        self._crash_points = crash_points

    def begin(self, draft: DocumentDraft) -> DocumentWriter:
        """A writer for `draft`. DocumentError `parent_missing`, at once and again at the end."""
        self._require_parents(draft)
        surroundings = WriterSurroundings(
            stage=self.stage_folder(draft.stage),
            latest=self.latest(draft.stage),
            clock=self._clock,
            require_parents=self._require_parents,
            crash_points=self._crash_points,
        )
        return DocumentWriter(draft, surroundings)

    def write(
        self,
        draft: DocumentDraft,
        *,
        raw: bytes | None = None,
        parsed: bytes | None = None,
        prompt: bytes | None = None,
        status: DocumentStatus = DocumentStatus.OK,
        error: DocumentFailure | None = None,
        suffix: str = "json",
    ) -> Document:
        """A whole document at once; each file ends in `suffix`. Errors as of DocumentWriter."""
        writer = self.begin(draft)
        for write, data in (
            (writer.write_raw, raw),
            (writer.write_prompt, prompt),
            (writer.write_parsed, parsed),
        ):
            if data is not None:
                write(suffix, data)
        return writer.finish(status, error)

    def get_by_doc_id_and_stage(self, doc_id: str, stage: str) -> Document | None:
        """The document, whatever its status. DocumentError `document_corrupt`."""
        return self.stage_folder(stage).load(doc_id)

    def get_latest_by_task(self, stage: str, task_id: str) -> Document | None:
        """The latest `ok` document of a task, by (created_at, doc_id)."""
        return self.latest(stage).get(PointerKind.TASK, task_id)

    def get_latest_by_logical_key(self, stage: str, logical_key_id: str) -> Document | None:
        """The latest `ok` document of the same work, whichever film it was done for."""
        return self.latest(stage).get(PointerKind.LOGICAL_KEY, logical_key_id)

    def read_raw(self, document: Document, suffix: str | None = None) -> bytes:
        """The model's own output. `suffix` is needed only where there are several raw files.

        NotFoundError where there is none, DocumentError `document_corrupt` where the bytes are
        not those that were written. `read_prompt` and `read_parsed` do the same.
        """
        return self._read(document, "raw", suffix)

    def read_prompt(self, document: Document, suffix: str | None = None) -> bytes:
        return self._read(document, "prompt", suffix)

    def read_parsed(self, document: Document, suffix: str | None = None) -> bytes:
        return self._read(document, "parsed", suffix)

    def read_file(self, document: Document, name: str) -> bytes:
        """One file that the document lists, its hash verified."""
        path = self.stage_folder(document.stage).document_folder(document.doc_id) / name
        stored = document.files[name]
        with storage_errors(path):
            try:
                data = path.read_bytes()
            except FileNotFoundError:
                data = None
        if data is None or hashlib.sha256(data).hexdigest() != stored.sha256:
            raise DocumentError(
                f"{path} is missing" if data is None else f"{path} is not what was written",
                code="document_corrupt",
                remedy="restore it from a backup, or remove the folder and analyse again",
            )
        return data

    def walk(self, stage: str | None = None) -> Iterator[Document]:
        """Every document of one stage or of all, in order of (stage, doc_id).

        One whose metadata is damaged is left out; `maintenance.verify` names it.
        """
        for name in [stage] if stage is not None else self.stages():
            for row in self.stage_folder(name).scan():
                if isinstance(row, Document):
                    yield row

    def stages(self) -> list[str]:
        """The stages that have documents, in order."""
        return stage_folder.stages(self.root)

    def has(self, doc_id: str) -> bool:
        """Whether any stage has the document."""
        with storage_errors(self.root):
            return is_doc_id(doc_id) and any(
                self.stage_folder(stage).has(doc_id) for stage in self.stages()
            )

    def stage_folder(self, stage: str) -> StageFolder:
        """Where a stage lies. InvalidRequestError for a name that could leave the root."""
        return StageFolder(self.root, stage)

    def latest(self, stage: str) -> LatestDocuments:
        """The pointers of a stage, for maintenance."""
        return LatestDocuments(self.stage_folder(stage), self._crash_points)

    def _require_parents(self, draft: DocumentDraft) -> None:
        for parent in draft.parent_doc_ids:
            if not self.has(parent):
                raise DocumentError(
                    f"document {draft.doc_id} of stage {draft.stage} names the parent"
                    f" {parent!r}, which does not exist",
                    code="parent_missing",
                    remedy="run the stage before it again for this film",
                )

    def _read(self, document: Document, role: str, suffix: str | None) -> bytes:
        names = [name for name in document.files if name.startswith(f"{role}.")]
        if suffix is not None:
            names = [name for name in names if name == f"{role}.{suffix}"]
        if not names:
            raise NotFoundError(f"document {document.doc_id} has no {role} file")
        if len(names) > 1:
            raise InvalidRequestError(
                f"document {document.doc_id} has {', '.join(names)}", remedy="name the suffix"
            )
        return self.read_file(document, names[0])
