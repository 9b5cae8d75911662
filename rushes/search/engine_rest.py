"""Leaving an engine in peace that did not answer in time, so that not every question waits."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

REST_SECONDS = 5.0


class EngineRest:
    """After a time-out the engine is asked again only once in a while, by one question at a time.

    Safe to share between threads.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._until: float | None = None

    def may_ask(self) -> bool:
        """Whether this question may go to the engine. The first after a rest tries it out."""
        with self._lock:
            if self._until is None:
                return True
            now = self._clock()
            if now < self._until:
                return False
            self._until = now + REST_SECONDS  # the others wait for what comes of this one
            return True

    def answered(self) -> None:
        """All is well."""
        with self._lock:
            self._until = None

    def timed_out(self) -> None:
        """Nothing came."""
        with self._lock:
            self._until = self._clock() + REST_SECONDS
