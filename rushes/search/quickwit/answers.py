"""What the search engine answers, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ParseFailure:
    """One document that was not taken. `document` is its text as it was sent."""

    message: str
    document: str
    reason: str


@dataclass(frozen=True, slots=True)
class IngestAnswer:
    """What became of one request's documents. Rejected ones are named in `failures`."""

    num_ingested: int
    num_rejected: int
    failures: list[ParseFailure] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """One page of hits. `elapsed_ms` is the engine's own time, without the way there and back."""

    num_hits: int
    hits: list[dict[str, Any]]
    aggregations: dict[str, Any]
    errors: list[str]
    elapsed_ms: float


@dataclass(frozen=True, slots=True)
class IndexStats:
    """What is published of an index: documents that a search can find, deleted ones included."""

    index: str
    num_docs: int
    num_splits: int
    size_bytes: int


def ingest_answer(body: Mapping[str, Any]) -> IngestAnswer:
    """Read the answer of an ingest; counts that are not there are taken from the others."""
    rejected = int(body.get("num_rejected_docs") or 0)
    ingested = body.get("num_ingested_docs")
    if ingested is None:
        ingested = int(body["num_docs_for_processing"]) - rejected
    failures = [_parse_failure(each) for each in body.get("parse_failures") or ()]
    return IngestAnswer(int(ingested), rejected, failures)


def search_answer(body: Mapping[str, Any]) -> SearchAnswer:
    """Read the answer of a search."""
    return SearchAnswer(
        num_hits=int(body["num_hits"]),
        hits=body["hits"],
        aggregations=body.get("aggregations") or {},
        errors=[str(each) for each in body.get("errors") or ()],
        elapsed_ms=body.get("elapsed_time_micros", 0) / 1000,
    )


def index_stats(body: Mapping[str, Any]) -> IndexStats:
    """Read the description of an index."""
    return IndexStats(
        index=str(body["index_id"]),
        num_docs=int(body["num_published_docs"]),
        num_splits=int(body["num_published_splits"]),
        size_bytes=int(body["size_published_splits"]),
    )


def _parse_failure(body: Mapping[str, Any]) -> ParseFailure:
    return ParseFailure(
        message=str(body.get("message", "")),
        document=str(body.get("document", "")),
        reason=str(body.get("reason", "")),
    )
