"""Time that passes only when a test says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

_BEGINNING: Final = datetime(2030, 1, 1, tzinfo=UTC)


class ModelClock:
    """`seconds` since the beginning of the test."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        """The time of day."""
        return _BEGINNING + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        """In seconds."""
        return self.seconds
