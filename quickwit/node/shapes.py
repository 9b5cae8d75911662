"""The bodies of answers."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from quickwit.node.engine import (
    DeleteTask,
    Engine,
    IndexMetadata,
    IndexStats,
    IngestReport,
    SearchRequest,
    Split,
)

METADATA_VERSION = "0.8"


def version(number: str) -> dict[str, Any]:
    """What the node says of itself: the Quickwit it stands for, and that it is not it."""
    return {
        "build": {"version": number, "cargo_pkg_version": number, "build_target": "embedded-node"},
        "runtime": {"num_cpus": 1, "num_threads_blocking": 1},
    }


def metadata(index: IndexMetadata) -> dict[str, Any]:
    """An index's metadata with its config read back."""
    return {
        "version": METADATA_VERSION,
        "index_uid": index.index_uid,
        "index_config": index.config.read_back,
        "checkpoint": {},
        "create_timestamp": index.created_at,
        "sources": [],
    }


def stats(index_id: str, found: IndexStats) -> dict[str, Any]:
    """The description of an index. Sizes in bytes."""
    return {
        "index_id": index_id,
        "index_uri": f"embedded:///{index_id}",
        "num_published_splits": found.num_splits,
        "size_published_splits": found.size_bytes,
        "num_published_docs": found.num_docs,
        "size_published_docs_uncompressed": found.size_bytes,
        "timestamp_field_name": None,
        "min_timestamp": None,
        "max_timestamp": None,
    }


def splits(found: Sequence[Split]) -> dict[str, Any]:
    """Published splits as the metastore lists them."""
    return {"offset": 0, "size": len(found), "splits": [_split(split) for split in found]}


def _split(split: Split) -> dict[str, Any]:
    return {
        "split_state": "Published",
        "update_timestamp": split.created_at,
        "publish_timestamp": split.created_at,
        "version": METADATA_VERSION,
        "split_id": split.split_id,
        "index_uid": split.index_uid,
        "num_docs": split.num_docs,
        "uncompressed_docs_size_in_bytes": split.size_bytes,
        "time_range": None,
        "create_timestamp": split.created_at,
        "maturity": dict(split.maturity),
        "tags": [],
        "delete_opstamp": split.delete_opstamp,
        "num_merge_ops": split.num_merge_ops,
    }


def delete_task(task: DeleteTask) -> dict[str, Any]:
    """A delete task. Times are Unix seconds."""
    return {
        "create_timestamp": task.created_at,
        "index_uid": task.index_uid,
        "opstamp": task.opstamp,
        "delete_query": {
            "index_uid": task.index_uid,
            "query": task.query,
            "search_field": list(task.search_fields),
            "start_timestamp": None,
            "end_timestamp": None,
        },
    }


def ingest_report(report: IngestReport, detailed: bool) -> dict[str, Any]:
    """What became of the documents of one request."""
    body: dict[str, Any] = {
        "num_docs_for_processing": report.num_docs,
        "num_ingested_docs": report.num_ingested,
        "num_rejected_docs": len(report.failures),
    }
    if detailed:
        body["parse_failures"] = [
            {"message": failure.message, "document": failure.document, "reason": failure.reason}
            for failure in report.failures
        ]
    return body


def timed_search(engine: Engine, index_ids: Sequence[str], request: SearchRequest) -> bytes:
    """Search, and the body of the answer with the time it took."""
    began = time.perf_counter_ns()
    found = engine.search(index_ids, request)
    rest: dict[str, Any] = {
        "elapsed_time_micros": (time.perf_counter_ns() - began) // 1000,
        "errors": list(found.errors),
    }
    if found.snippets is not None:
        rest["snippets"] = found.snippets
    if found.aggregations is not None:
        rest["aggregations"] = found.aggregations
    head = b'{"num_hits": %d, "hits": [%b], ' % (found.num_hits, b", ".join(found.hits))
    return head + json.dumps(rest, ensure_ascii=False).encode("utf-8", "replace")[1:]


def prometheus(metrics: Mapping[str, float]) -> str:
    """Metrics in the text format of Prometheus, version 0.0.4."""
    lines: list[str] = []
    for name, value in sorted(metrics.items()):
        kind = "counter" if name.endswith("_total") else "gauge"
        lines += [f"# TYPE {name} {kind}", f"{name} {value:.17g}"]
    return "\n".join(lines) + "\n"
