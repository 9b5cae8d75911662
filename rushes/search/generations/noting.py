"""What a policy's progress begins with when an index is to be filled for a library."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from rushes.search.generations.backfill import ENQUEUED_AFTER

PROMOTE_WHEN_READY: Final = "promote_when_ready"
"""Whether the shadow is promoted by itself."""
BEGUN_AT: Final = "begun_at"
TAKEN_BACK_FROM: Final = "taken_back_from"
"""The hash of the configuration that an operator went back from; noted by go_back.sql."""


def noted_progress(reason: str, now: datetime, *, promote_when_ready: bool) -> dict[str, Any]:
    """Of a shadow that is begun now, and whose films have yet to be asked for."""
    return {
        "reason": reason,
        BEGUN_AT: now.isoformat(),
        PROMOTE_WHEN_READY: promote_when_ready,
        ENQUEUED_AFTER: "",
    }
