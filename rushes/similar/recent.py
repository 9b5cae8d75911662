"""Vectors of questions that were asked a moment ago: paging asks the same one again."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Final

from rushes.vectors.space import EmbeddingSpace

_MOST: Final = 512
"""One megabyte at 512 dimensions. In the cache of the films they would drive out what counts."""


class RecentQuestions:
    """The vectors of the texts asked last, by space. Safe between threads."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._known: OrderedDict[tuple[EmbeddingSpace, str], bytes] = OrderedDict()
        self._lock = Lock()

    def get(self, space: EmbeddingSpace, text: str) -> bytes | None:
        """The vector, None where it is not known any more."""
        with self._lock:
            found = self._known.get((space, text))
            if found is not None:
                self._known.move_to_end((space, text))
            return found

    def put(self, space: EmbeddingSpace, text: str, vector: bytes) -> None:
        """Keep it; the one not used for longest goes where there are too many."""
        with self._lock:
            self._known[space, text] = vector
            self._known.move_to_end((space, text))
            while len(self._known) > self._most:
                self._known.popitem(last=False)
