"""What the routes ask of an engine. The node's own is `storage.engine.TantivyEngine`.

Every method may raise a `messages.ApiError`: `NotFoundError` for an index that is not there, status
429 when too much is unfinished, 503 when it is not ready. Anything else it raises becomes a 500.
Methods are called from several threads at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from quickwit.node.mapping.config import IndexConfig


class CommitMode(StrEnum):
    """When an ingest request is answered."""

    AUTO = "auto"  # durable, visible later
    WAIT_FOR = "wait_for"  # visible, by the commit that would come anyway
    FORCE = "force"  # visible, by a commit of its own


@dataclass(frozen=True, slots=True)
class IndexMetadata:
    """An index as `GET /api/v1/indexes/{id}` shows it. `created_at` is in Unix seconds."""

    config: IndexConfig
    index_uid: str
    created_at: int


@dataclass(frozen=True, slots=True)
class IndexStats:
    """What is published of an index."""

    num_docs: int
    num_splits: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class ParseFailure:
    """A document that was not taken. `reason` is `invalid_json` or `invalid_schema`."""

    message: str
    document: str
    reason: str


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What became of the lines of one request."""

    num_docs: int
    failures: Sequence[ParseFailure] = ()

    @property
    def num_ingested(self) -> int:
        """Documents that are durable."""
        return self.num_docs - len(self.failures)


@dataclass(frozen=True, slots=True)
class SortKey:
    """A field, or `_score`, to sort by."""

    name: str
    is_descending: bool


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A search, checked: limits hold and there are no unknown keys.

    `query` is text in Quickwit's query language, not parsed yet (`query_tree.parsing.parse` does
    that). No `sort` means newest first.
    """

    query: str
    search_fields: tuple[str, ...] = ()
    snippet_fields: tuple[str, ...] = ()
    max_hits: int = 20
    start_offset: int = 0
    sort: tuple[SortKey, ...] = ()
    aggregations: Mapping[str, Any] | None = None
    is_counting_all: bool = True


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """`hits` are JSON objects, encoded: the stored fields of each document.

    `snippets` are parallel to them; None where none were asked for.
    """

    num_hits: int
    hits: Sequence[bytes]
    snippets: Sequence[Mapping[str, list[str]]] | None = None
    aggregations: Mapping[str, Any] | None = None
    errors: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class DeleteTask:
    """A stored query whose documents are deleted some time later. `created_at` in Unix seconds."""

    index_uid: str
    opstamp: int
    created_at: int
    query: str
    search_fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Split:
    """A published piece of an index."""

    split_id: str
    index_uid: str
    num_docs: int
    size_bytes: int
    delete_opstamp: int
    created_at: int
    maturity: Mapping[str, Any] = field(default_factory=lambda: {"type": "mature"})
    num_merge_ops: int = 0


class Engine(Protocol):
    """An index store with search."""

    @property
    def is_ready(self) -> bool:
        """False while it takes no requests, as it starts or ends."""

    def metrics(self) -> Mapping[str, float]:
        """Counters and gauges by their Prometheus names."""

    def create_index(self, config: IndexConfig) -> IndexMetadata:
        """Make an empty index. `BadRequestError` where its id is taken."""

    def indexes(self) -> Sequence[IndexMetadata]:
        """Every index, by id."""

    def index(self, index_id: str) -> IndexMetadata:
        """One index."""

    def stats(self, index_id: str) -> IndexStats:
        """What is published of it."""

    def splits(self, index_id: str) -> Sequence[Split]:
        """Its published pieces."""

    def clear_index(self, index_id: str) -> None:
        """Remove every document, published or not."""

    def delete_index(self, index_id: str) -> None:
        """Remove the index with everything in it."""

    def ingest(self, index_id: str, lines: Sequence[bytes], commit: CommitMode) -> IngestReport:
        """Store documents, one JSON object a line.

        On return each accepted document is durable; with `WAIT_FOR` and `FORCE` it is visible too.
        """

    def create_delete_task(
        self, index_id: str, query: str, search_fields: tuple[str, ...]
    ) -> DeleteTask:
        """Store a delete query. `BadRequestError` where it does not parse."""

    def delete_tasks(self, index_id: str) -> Sequence[DeleteTask]:
        """The newest tasks of the index, oldest first."""

    def search(self, index_ids: Sequence[str], request: SearchRequest) -> SearchAnswer:
        """Search one index or several as one. `NotFoundError` where one of them is missing."""
