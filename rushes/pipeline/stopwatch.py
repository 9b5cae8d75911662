"""Where a stage's seconds go, by name."""

from __future__ import annotations

import time


class Stopwatch:
    """Gives the time since the last mark to a name; a name marked again adds up."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.monotonic()

    def mark(self, name: str) -> None:
        """What has passed since the last mark was `name`."""
        now = time.monotonic()
        self.seconds[name] = self.seconds.get(name, 0.0) + now - self._last
        self._last = now
