"""A document as a row: what metadata.json says, and nothing that is not on disk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from rushes.documents import identity
from rushes.errors import DocumentError, InvalidRequestError

_DERIVED = ("doc_id", "task_id", "logical_key_id")


class DocumentStatus(StrEnum):
    """How the stage ended. Only `ok` documents answer lookups and are used again."""

    OK = "ok"
    PARSE_ERROR = "parse_error"
    STAGE_ERROR = "stage_error"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class DocumentFailure:
    """Why a document is not `ok`: a stable code and a sentence for people."""

    code: str
    text: str


@dataclass(frozen=True)
class StoredFile:
    """One file of a document: sha256 as 64 hex digits, size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True)
class DocumentDraft:
    """What is known of a document before the model has run."""

    stage: str
    asset_id: str
    content_version: int
    content_hash: str
    config_hash: str
    input_hash: str
    template_id: str
    model_id: str
    model_profile: str
    producer: str
    producer_version: str
    run_id: str
    attempt: int = 1
    parent_doc_ids: tuple[str, ...] = ()
    origin: str = "analysed"
    """`analysed`, or `imported` for what no model of ours said."""

    @cached_property
    def task_id(self) -> str:
        return identity.task_id(self.stage, self.asset_id, self.content_version, self.config_hash)

    @cached_property
    def logical_key_id(self) -> str:
        return identity.logical_key_id(self.stage, self.content_hash, self.config_hash)

    @cached_property
    def doc_id(self) -> str:
        return identity.doc_id(self.logical_key_id, self.run_id, self.attempt)


@dataclass(frozen=True, kw_only=True)
class Document(DocumentDraft):
    """One finished document. `files` maps a file's name to its hash and size."""

    status: DocumentStatus
    error: DocumentFailure | None
    created_at: AwareDatetime
    files: Mapping[str, StoredFile]

    @property
    def order(self) -> tuple[datetime, str]:
        """The greatest of these is the latest document."""
        return (self.created_at, self.doc_id)

    def same_content(self, other: Document) -> bool:
        """Equal in all but the time of writing."""
        return all(
            getattr(self, field.name) == getattr(other, field.name)
            for field in fields(self)
            if field.name != "created_at"
        )

    def to_json(self) -> bytes:
        """The bytes of metadata.json."""
        row = {name: getattr(self, name) for name in _DERIVED} | asdict(self)
        row["created_at"] = self.created_at.astimezone(UTC).isoformat(timespec="microseconds")
        return (json.dumps(row, indent=1) + "\n").encode()


_DOCUMENT: TypeAdapter[Document] = TypeAdapter(Document)


def finished(
    draft: DocumentDraft,
    *,
    status: DocumentStatus,
    error: DocumentFailure | None,
    created_at: datetime,
    files: Mapping[str, StoredFile],
) -> Document:
    """`draft` with its outcome. InvalidRequestError where status and error contradict."""
    failed = status in (DocumentStatus.PARSE_ERROR, DocumentStatus.STAGE_ERROR)
    if (failed and error is None) or (status is DocumentStatus.OK and error is not None):
        raise InvalidRequestError(
            f"a document with status {status} and error {error} contradicts itself",
            remedy="give an error with parse_error and stage_error, none with ok",
        )
    known = {field.name: getattr(draft, field.name) for field in fields(DocumentDraft)}
    # To the microsecond in UTC, as it is written, so that a row equals the row read back.
    return Document(
        **known, status=status, error=error, created_at=created_at.astimezone(UTC), files=files
    )


def parse(data: bytes, origin: str) -> Document:
    """The document that metadata.json holds; DocumentError `document_corrupt` naming `origin`."""
    try:
        row: Any = json.loads(data)
        document = _DOCUMENT.validate_python(row)
    except (ValueError, RecursionError, ValidationError) as error:
        raise _corrupt(origin, "cannot be parsed") from error
    if any(row.get(name) != getattr(document, name) for name in _DERIVED):
        raise _corrupt(origin, "does not have the ids that follow from its fields")
    if not all(identity.is_file_name(name) for name in document.files):
        raise _corrupt(origin, "lists a file that no document can have")
    return document


def _corrupt(origin: str, what: str) -> DocumentError:
    return DocumentError(
        f"{origin} {what}",
        code="document_corrupt",
        remedy="restore the document's folder from a backup, or remove it and analyse again",
    )
