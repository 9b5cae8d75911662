"""What a film has by stage, where it comes from, and why a stage has nothing.

It is the state by the film's stored policy, the one that every answer rests on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Row

from rushes.artifacts.vocabulary import STAGE_OF_TYPE, ModelProfile, Origin
from rushes.db.sql import load_sql

_HERE = Path(__file__).parent
_ORDER: Final = ("source_video", "media_pass")
COVERED_STAGES: Final = (
    *_ORDER,
    *(stage for stage in dict.fromkeys(STAGE_OF_TYPE.values()) if stage not in _ORDER),
)
"""Every stage, in the order in which they run."""


class CoverageState(StrEnum):
    """The mark of a stage; of several origins the one that most needs to be known."""

    HUMAN = "human"
    """People corrected some of it."""
    IMPORTED = "imported"
    ANALYSED = "analysed"
    NONE = "none"
    """No completed run; see `failure`."""


@dataclass(frozen=True, slots=True)
class StageFault:
    """The last try of the stage failed. What an earlier one found still answers."""

    code: str
    text: str
    retryable: bool
    run_id: str
    failed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """What one stage of one film answers with."""

    state: CoverageState = CoverageState.NONE
    origins: tuple[Origin, ...] = ()
    """In the order analysed, imported, human."""
    run_ids: tuple[str, ...] = ()
    """That answer: the machine's first, then corrections, newest first."""
    producer: str | None = None
    """Of the first of them, and so its profile."""
    model_profile: ModelProfile | None = None
    finished_at: datetime | None = None
    """When the newest of them ended."""
    spans: int = 0
    """Artifacts that answer; what a correction replaces is not counted."""
    failure: StageFault | None = None


def coverage(connection: Connection, asset_ids: Sequence[str]) -> dict[str, dict[str, Coverage]]:
    """Film -> stage -> what it has, every stage in order. Unknown films are left out.

    One statement, whatever the number of films: a page of them costs one round trip.
    """
    found: dict[str, dict[str, Coverage]] = {}
    rows = connection.execute(load_sql(_HERE, "coverage"), {"asset_ids": list(asset_ids)})
    for row in rows:
        stages = found.setdefault(row.film, dict.fromkeys(COVERED_STAGES, Coverage()))
        if row.stage in stages:
            stages[row.stage] = _coverage(row)
    return {asset_id: found[asset_id] for asset_id in asset_ids if asset_id in found}


def origins_of(stages: Mapping[str, Coverage]) -> tuple[Origin, ...]:
    """All origins of a film's stages: what an editor is told of the film as a whole."""
    present = {origin for each in stages.values() for origin in each.origins}
    return tuple(origin for origin in Origin if origin in present)


def _coverage(row: Row[Any]) -> Coverage:
    failure = _failure(row)
    if row.run_ids is None:
        return Coverage(failure=failure)
    origins = tuple(origin for origin in Origin if origin.value in row.origins)
    return Coverage(
        state=next(state for state in CoverageState if state.value in row.origins),
        origins=origins,
        run_ids=tuple(row.run_ids),
        producer=row.producer,
        model_profile=ModelProfile(row.model_profile),
        finished_at=row.finished_at,
        spans=row.spans,
        failure=failure,
    )


def _failure(row: Row[Any]) -> StageFault | None:
    if row.failed_run_id is None:
        return None
    return StageFault(
        code=row.error_code or "internal",
        text=row.error_text or "",
        retryable=bool(row.error_retryable),
        run_id=row.failed_run_id,
        failed_at=row.failed_at,
    )
