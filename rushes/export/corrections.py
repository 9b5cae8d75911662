"""Corrections as they travel: a run of origin `human` with its artifacts, known by what it says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row

from rushes.artifacts.hashing import sha256_of
from rushes.db.sql import load_sql
from rushes.export.records import CorrectionRecord

_HERE = Path(__file__).parent


def corrections_of(
    connection: Connection, asset_ids: Sequence[str] | None = None
) -> Iterator[tuple[str, int, CorrectionRecord]]:
    """(asset_id, content_version, correction) of these films, or of all."""
    films = None if asset_ids is None else list(asset_ids)
    for row in connection.execute(load_sql(_HERE, "backup_corrections"), {"asset_ids": films}):
        yield row.asset_id, row.content_version, _record(row)


def correction_key(correction: CorrectionRecord) -> str:
    """The same for the same correction of the same content in any database."""
    return sha256_of(
        {
            "stage": correction.stage,
            "language": correction.language,
            "finished_at": correction.finished_at.astimezone(UTC).isoformat(),
            "artifacts": [
                [each.artifact_type.value, each.schema_version, list(each.span), each.payload]
                for each in sorted(
                    correction.artifacts,
                    key=lambda each: (each.artifact_type, each.span, sha256_of(each.payload)),
                )
            ],
        }
    )


def _record(row: Row[Any]) -> CorrectionRecord:
    values = {name: row._mapping[name] for name in CorrectionRecord.model_fields if name != "kind"}
    return CorrectionRecord.model_validate(values)
