"""Where a jump leads, and how spans are joined on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from rushes.errors import InvalidRequestError
from rushes.navigation.appearance import LONGEST_GAP_MS
from rushes.navigation.kinds import Kind

GAP_MS: Final = 2000
"""Two samples of a second each that were missed do not part an appearance."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """Spans of one thing at most `gap_ms` apart are one appearance."""

    gap_ms: int = GAP_MS


@dataclass(frozen=True, slots=True)
class Jump:
    """Where to go: the span in ms, its artifacts in order, and what the answer rests on.

    `value` is the label, the text, the person's id or the scene's number, `name` a person's name.
    Of an appearance, `value` and the run are those of its first artifact, `confidence` is the best.
    """

    video_id: str
    start_ms: int
    end_ms: int
    artifact_ids: tuple[str, ...]
    cursor: str
    kind: Kind
    value: str
    name: str | None
    confidence: float | None
    run_id: str
    producer: str
    producer_version: str
    model_profile: str
    origin: str


def jump_of(row: Any, cursor: str) -> Jump:
    """From a row of `described`."""
    joined = getattr(row, "artifact_ids", None)
    return Jump(
        video_id=row.asset_id,
        start_ms=row.start_ms,
        end_ms=row.end_ms if joined is None else row.reach_ms,
        artifact_ids=(row.artifact_id,) if joined is None else tuple(joined),
        cursor=cursor,
        kind=Kind(row.kind),
        value=row.value,
        name=row.name,
        confidence=row.confidence if joined is None else row.best,
        run_id=row.run_id,
        producer=row.producer,
        producer_version=row.producer_version,
        model_profile=row.model_profile,
        origin=row.origin,
    )


def checked_gap(group: Grouping | None) -> int:
    """ms of the gap; InvalidRequestError `bad_filter` where it is negative or more than a day."""
    gap_ms = (group or Grouping()).gap_ms
    if not 0 <= gap_ms <= LONGEST_GAP_MS:
        raise InvalidRequestError(
            f"gap_ms {gap_ms} is out of bounds",
            code="bad_filter",
            remedy=f"use 0 to {LONGEST_GAP_MS}",
        )
    return gap_ms
