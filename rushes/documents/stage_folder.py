"""One stage's folder: where each thing of a document lies, and reading it back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rushes.documents import identity, model
from rushes.documents.durable import exclusive_lock, storage_errors
from rushes.documents.model import Document
from rushes.errors import DocumentError

METADATA = "metadata.json"


@dataclass(frozen=True)
class UnreadableDocument:
    """A folder whose metadata.json is damaged, and what is wrong with it."""

    stage: str
    doc_id: str
    reason: str


@dataclass(frozen=True)
class StageFolder:
    """`<root>/<stage>`: document folders by doc_id, and `_` names that are not documents."""

    root: Path
    stage: str

    def __post_init__(self) -> None:
        identity.checked_stage(self.stage)

    @property
    def path(self) -> Path:
        return self.root / self.stage

    def document_folder(self, doc_id: str) -> Path:
        return self.path / identity.checked_doc_id(doc_id)

    def metadata_path(self, doc_id: str) -> Path:
        return self.document_folder(doc_id) / METADATA

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps every other writer of this stage out. Not reentrant."""
        with storage_errors(self.path), exclusive_lock(self.path / "_lock"):
            yield

    def has(self, doc_id: str) -> bool:
        """Whether the document exists, which its metadata.json decides."""
        return self.metadata_path(doc_id).is_file()

    def load(self, doc_id: str) -> Document | None:
        """The document, or None. DocumentError `document_corrupt` where it cannot be trusted."""
        path = self.metadata_path(doc_id)
        with storage_errors(path):
            try:
                data = path.read_bytes()
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                return None
        document = model.parse(data, str(path))
        if (document.stage, document.doc_id) != (self.stage, doc_id):
            raise DocumentError(
                f"{path} belongs to document {document.doc_id} of stage {document.stage}",
                code="document_corrupt",
                remedy="move the folder to where its metadata says, or remove it",
            )
        return document

    def folders(self) -> list[str]:
        """The doc_ids of all folders in order, finished or not."""
        with storage_errors(self.path):
            try:
                with os.scandir(self.path) as entries:
                    return sorted(e.name for e in entries if identity.is_doc_id(e.name))
            except FileNotFoundError:
                return []

    def scan(self) -> Iterator[Document | UnreadableDocument]:
        """Every document, read afresh, in order of doc_id. One damaged one stops nothing."""
        for doc_id in self.folders():
            try:
                document = self.load(doc_id)
            except DocumentError as error:
                yield UnreadableDocument(self.stage, doc_id, str(error))
            else:
                if document is not None:
                    yield document


def stages(root: Path) -> list[str]:
    """The stages that have a folder below `root`, in order."""
    with storage_errors(root):
        try:
            with os.scandir(root) as entries:
                return sorted(e.name for e in entries if identity.is_stage(e.name) and e.is_dir())
        except FileNotFoundError:
            return []
