"""What a completed stage says of its film's row: duration, capture time, availability."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, update

from rushes.analysis.protocol import Finding
from rushes.db.tables import asset
from rushes.pipeline.stages import MEDIA_PASS, SOURCE_VIDEO


def apply(
    connection: Connection,
    asset_id: str,
    stage: str,
    findings: Sequence[Finding],
    duration_ms: int | None,
) -> None:
    """Write what `stage` tells of the film, in the caller's transaction.

    The container's duration stands until the media pass has measured the pictures themselves.
    """
    values = _values(stage, findings)
    if duration_ms is not None:
        values["duration_ms"] = duration_ms
    connection.execute(
        update(asset).where(asset.c.asset_id == asset_id).values(updated_at=func.now(), **values)
    )


def _values(stage: str, findings: Sequence[Finding]) -> dict[str, Any]:
    if stage == SOURCE_VIDEO and findings:
        facts = findings[0].payload
        return {
            "playable": True,
            "duration_ms": facts["duration_ms"],
            "capture_time": facts.get("capture_time"),
        }
    if stage == MEDIA_PASS:
        return {"preview_ready": True, "offline_ready": True}
    return {"searchable": True}
