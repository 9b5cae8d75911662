"""The corrections of a film, and what each replaces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from rushes.db.sql import load_sql

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class CorrectedSpan:
    """One artifact of a correction, and the ids of those that it replaces now."""

    artifact_id: str
    start_ms: int
    end_ms: int
    payload: dict[str, Any]
    replaces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Correction:
    """One run of a person. `answers`: it is of the film's current content.

    `actor` is who wrote it, from the audit log; None where that says nothing.
    """

    run_id: str
    asset_id: str
    artifact_type: str
    made_at: datetime
    actor: str | None
    content_version: int
    answers: bool
    items: tuple[CorrectedSpan, ...]


def corrections_of(connection: Connection, asset_id: str) -> list[Correction]:
    """All corrections of a film, newest first, those of earlier content too."""
    found: dict[str, Correction] = {}
    for row in connection.execute(load_sql(_HERE, "corrections"), {"asset_id": asset_id}):
        span = CorrectedSpan(
            row.artifact_id, row.span_start_ms, row.span_end_ms, row.payload, tuple(row.replaces)
        )
        earlier = found.get(row.run_id)
        found[row.run_id] = Correction(
            run_id=row.run_id,
            asset_id=asset_id,
            artifact_type=row.artifact_type,
            made_at=row.finished_at,
            actor=row.actor,
            content_version=row.content_version,
            answers=row.answers,
            items=(*earlier.items, span) if earlier else (span,),
        )
    return list(found.values())
