"""How many calls are under way at once: halved when the service asks for fewer, then more again."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, Event
from typing import Final

log = logging.getLogger(__name__)

_LOOK_SECONDS: Final = 0.5
"""How often one who waits for a turn looks whether the work was given up."""


class StoppedError(Exception):
    """The work was given up meanwhile."""


class Pace:
    """Turns for calls, `most` at a time at first; one for all threads that call a service."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._allowed = float(most)
        self._running = 0
        self._held_until = 0.0
        self._lowered_at = 0.0
        self._changed = Condition()

    @property
    def allowed(self) -> int:
        """How many calls may be under way just now, at least one."""
        return int(self._allowed)

    @contextmanager
    def turn(self, stop: Event) -> Iterator[float]:
        """Waits for a turn and gives its begin, `time.monotonic()`. StoppedError after `stop`."""
        with self._changed:
            while not stop.is_set() and (seconds := self._seconds_to_wait()) > 0:
                self._changed.wait(min(seconds, _LOOK_SECONDS))
            if stop.is_set():
                raise StoppedError
            self._running += 1
        try:
            yield time.monotonic()
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify()

    def answered(self) -> None:
        """A call was served: after as many as are allowed at a time, one more is."""
        with self._changed:
            self._allowed = min(self._most, self._allowed + 1 / self._allowed)

    def throttled(self, began_at: float, hold_seconds: float = 0.0) -> None:
        """A call that began then was one too many; nobody calls for `hold_seconds`.

        Calls that were under way together count as one: they say the same.
        """
        now = time.monotonic()
        with self._changed:
            self._held_until = max(self._held_until, now + hold_seconds)
            if began_at <= self._lowered_at:
                return
            self._lowered_at = now
            self._allowed = max(1.0, self._allowed / 2)
        log.info("the service asks for fewer calls: %d at a time", self.allowed)

    def _seconds_to_wait(self) -> float:
        if self._running >= self.allowed:
            return _LOOK_SECONDS
        return self._held_until - time.monotonic()
