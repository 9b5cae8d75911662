"""Numbers of operations, over all indexes of a node."""

from __future__ import annotations

import threading


class Sequence:
    """Gives out numbers, never one twice. One for all indexes, so that "newest" has a meaning."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def raise_to(self, number: int) -> None:
        """Nothing up to this number is given out again."""
        with self._lock:
            self._last = max(self._last, number)

    def take(self, count: int) -> int:
        """The first of `count` numbers in a row."""
        with self._lock:
            first = self._last + 1
            self._last += count
            return first
