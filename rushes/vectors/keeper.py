"""Looks after the open indexes of a process, beside its searches."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from threading import Event, Thread
from typing import Final

from rushes.vectors.care import IndexCare
from rushes.vectors.live.live_index import LiveIndex
from rushes.vectors.opened import OpenedIndex

log = logging.getLogger(__name__)
_SECONDS: Final = 1.0
_LONGEST_PAUSE: Final = 60.0

Opened = Callable[[], Sequence[OpenedIndex]]


class Keeper:
    """One daemon thread. What fails is logged, written down, and tried again after a pause."""

    def __init__(self, opened: Opened, seconds: float = _SECONDS) -> None:
        self._opened = opened
        self._seconds = seconds
        self._cares: dict[LiveIndex, IndexCare] = {}
        self._pauses: dict[tuple[LiveIndex, str], _Pause] = {}
        self._closing = Event()
        self._thread = Thread(target=self._run, name="vector-keeper", daemon=True)

    def start(self) -> None:
        """Begin, once."""
        self._thread.start()

    def close(self, wait_seconds: float) -> None:
        """End after the step that is under way; waits at most so long for it."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join(wait_seconds)

    def step(self) -> None:
        """Look at each open index once. Never raises."""
        for each in self._opened():
            care = self._cares.get(each.live) or self._cares.setdefault(each.live, IndexCare(each))
            for name in IndexCare.STEPS:
                if self._closing.is_set():
                    return
                self._try(care, name)

    def _run(self) -> None:
        while not self._closing.wait(self._seconds):
            try:
                self.step()
            except Exception:
                log.exception("the keeper of the vector indexes goes on after a fault")

    def _try(self, care: IndexCare, name: str) -> None:
        pause = self._pauses.setdefault((care.live, name), _Pause())
        if not pause.is_over:
            return
        try:
            getattr(care, name)()
            pause.reset()
        except Exception as error:
            pause.lengthen()
            if not self._closing.is_set():
                care.ladder.note_failure(f"the keeper could not {name}: {type(error).__name__}")


class _Pause:
    """Twice as long after each failure."""

    def __init__(self) -> None:
        self._failures = 0
        self._until = 0.0

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._until

    def reset(self) -> None:
        self._failures = 0

    def lengthen(self) -> None:
        self._failures += 1
        self._until = time.monotonic() + min(2.0**self._failures, _LONGEST_PAUSE)
