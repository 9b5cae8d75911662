"""The parsed file of a document: findings as JSON, there and back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from rushes.analysis.protocol import Finding
from rushes.artifacts.vocabulary import ArtifactType


def encode_findings(findings: Sequence[Finding]) -> bytes:
    """UTF-8 JSON: {"findings": [{artifact_type, schema_version, start_ms, end_ms, payload}]}."""
    rows = [
        {
            "artifact_type": each.artifact_type.value,
            "schema_version": each.schema_version,
            "start_ms": each.start_ms,
            "end_ms": each.end_ms,
            "payload": each.payload,
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
        )
        for row in rows
    ]
