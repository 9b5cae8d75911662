"""Ctrl-C at points that are safe: between two steps of the work, never inside a database call.

An exception that a signal handler raises anywhere can strike a driver in the middle of a
statement, whose clean-up then hides it. So the first signal only leaves a note, which the next
announced event takes up; a second one does not wait.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_noted = threading.Event()


@contextmanager
def interruptible() -> Iterator[None]:
    """Inside the block an interrupt ends the work at its next event. Main thread only."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _noted.clear()
    before = {number: signal.signal(number, _note) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def check_interrupt() -> None:
    """Raise KeyboardInterrupt where one was noted."""
    if _noted.is_set():
        _noted.clear()
        raise KeyboardInterrupt


def _note(number: int, frame: FrameType | None) -> None:
    if _noted.is_set():
        raise KeyboardInterrupt
    _noted.set()
