"""The queue between the decoder and those who look at its pictures, bounded by bytes."""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

from av import VideoFrame

Item = TypeVar("Item")

MAX_BYTES = 256 * 2**20
MAX_FRAMES = 8
MIN_FRAMES = 2
"""Large pictures still overlap decoding and looking."""


class FrameQueue(Generic[Item]):
    """First in, first out, for one writer and one reader."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._items: deque[tuple[Item, int]] = deque()
        self._bytes = 0
        self._changed = threading.Condition()

    def put(self, item: Item, size: int, timeout: float) -> bool:
        """Adds `item` of `size` bytes; False when there was no room within `timeout` seconds."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._has_room(size), timeout):
                return False
            self._items.append((item, size))
            self._bytes += size
            self._changed.notify_all()
            return True

    def get(self, timeout: float) -> Item:
        """The oldest item; `TimeoutError` when there is none within `timeout` seconds."""
        with self._changed:
            if not self._changed.wait_for(lambda: bool(self._items), timeout):
                raise TimeoutError
            item, size = self._items.popleft()
            self._bytes -= size
            self._changed.notify_all()
            return item

    def _has_room(self, size: int) -> bool:
        count = len(self._items)
        if count < MIN_FRAMES:
            return True
        return count < MAX_FRAMES and self._bytes + size <= self._max_bytes


def frame_bytes(frame: VideoFrame) -> int:
    """What a decoded picture holds in memory, in bytes."""
    return sum(plane.buffer_size for plane in frame.planes)
