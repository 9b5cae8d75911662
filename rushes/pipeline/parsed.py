"""The parsed file of a document: findings as JSON, there and back."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Any

from rushes.analysis.protocol import Embedding, Finding
from rushes.artifacts.vocabulary import ArtifactType, EmbeddingKind


def encode_findings(findings: Sequence[Finding]) -> bytes:
    """UTF-8 JSON: {"findings": [{artifact_type, start_ms, ..., payload}]}; vectors in base64."""
    rows = [
        {
            "artifact_type": each.artifact_type.value,
            "schema_version": each.schema_version,
            "start_ms": each.start_ms,
            "end_ms": each.end_ms,
            "payload": each.payload,
            **({"embedding": _encoded(each.embedding)} if each.embedding else {}),
        }
        for each in findings
    ]
    return json.dumps({"findings": rows}, ensure_ascii=False, separators=(",", ":")).encode()


def decode_findings(data: bytes) -> list[Finding]:
    """The findings of a parsed file."""
    rows: list[dict[str, Any]] = json.loads(data)["findings"]
    return [
        Finding(
            artifact_type=ArtifactType(row["artifact_type"]),
            schema_version=row["schema_version"],
            start_ms=row["start_ms"],
            end_ms=row["end_ms"],
            payload=row["payload"],
            embedding=_decoded(row["embedding"]) if "embedding" in row else None,
        )
        for row in rows
    ]


def _encoded(embedding: Embedding) -> dict[str, str]:
    vector = b64encode(embedding.vector).decode()
    return {
        "kind": embedding.kind.value,
        "model": embedding.model,
        "model_version": embedding.model_version,
        "vector": vector,
    }


def _decoded(row: dict[str, str]) -> Embedding:
    vector = b64decode(row["vector"], validate=True)
    return Embedding(EmbeddingKind(row["kind"]), row["model"], row["model_version"], vector)
