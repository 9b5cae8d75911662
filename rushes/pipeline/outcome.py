"""How a stage of a film ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from rushes.errors import RushesError


class OutcomeStatus(StrEnum):
    """What was done."""

    COMPLETED = "completed"
    REUSED = "reused"
    """Artifacts were made from a document that stood already: no model ran."""
    UNCHANGED = "unchanged"
    """A completed run of this very work stands already."""
    FAILED = "failed"
    SKIPPED = "skipped"
    """An earlier stage of this film failed."""
    UNAVAILABLE = "unavailable"
    """Its weights or its extra are not on this machine; the error names what mends it."""


@dataclass(frozen=True, slots=True)
class StageOutcome:
    """The end of one stage of one film.

    `counts` by artifact type and by what the stage counted itself; `timings` in seconds.
    """

    asset_id: str
    stage: str
    status: OutcomeStatus
    run_id: str | None = None
    data_version: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    timings: Mapping[str, float] = field(default_factory=dict)
    error: RushesError | None = None

    @property
    def unavailable(self) -> bool:
        """Whether this machine lacks what the stage needs."""
        return self.status is OutcomeStatus.UNAVAILABLE

    @property
    def succeeded(self) -> bool:
        """Whether the results of this stage stand in Postgres."""
        return self.status in _SUCCEEDED


_SUCCEEDED = frozenset({OutcomeStatus.COMPLETED, OutcomeStatus.REUSED, OutcomeStatus.UNCHANGED})
