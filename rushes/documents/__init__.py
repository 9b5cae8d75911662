"""The document index: the portable, replayable record of every analysis, as files.

Every stage writes here what its model really said before anybody makes anything of it. The
layout and the rules are in docs/documents.md.
"""

from rushes.documents.identity import doc_id, logical_key_id, task_id
from rushes.documents.index import DocumentIndex
from rushes.documents.maintenance import (
    Drift,
    DriftKind,
    RebuildCounts,
    delete_documents,
    delete_each,
    documents_of_films,
    rebuild,
    report,
    sweep,
    verify,
)
from rushes.documents.model import (
    Document,
    DocumentDraft,
    DocumentFailure,
    DocumentStatus,
    StoredFile,
)
from rushes.documents.writer import DocumentWriter

__all__ = [
    "Document",
    "DocumentDraft",
    "DocumentFailure",
    "DocumentIndex",
    "DocumentStatus",
    "DocumentWriter",
    "Drift",
    "DriftKind",
    "RebuildCounts",
    "StoredFile",
    "delete_documents",
    "delete_each",
    "doc_id",
    "documents_of_films",
    "logical_key_id",
    "rebuild",
    "report",
    "sweep",
    "task_id",
    "verify",
]
