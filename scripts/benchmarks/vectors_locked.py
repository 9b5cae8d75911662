"""The common way to share a FAISS index: one lock around searching, adding and saving."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Final

from rushes.vectors.faiss_library import faiss_library
from scripts.benchmarks.vectors_clients import Query
from scripts.benchmarks.vectors_opened import Built, bare_search
from scripts.benchmarks.vectors_writer import written

SAVED_AFTER: Final = 10
"""Entries. A server that keeps its index in a file saves it as often, or loses what came."""


class LockedIndex:
    """The same index in memory. Searching waits for adding and saving, and they for it."""

    def __init__(self, built: Built, file: Path) -> None:
        self._index = faiss_library().read_index(str(built.index_file))
        self._dimension = built.manifest.dimension
        self._bare = bare_search(self._index, built.manifest)
        self._file = file
        self._lock = Lock()
        self._added = 0
        self.save_seconds = 0.0

    def search(self, query: Query) -> object:
        """What a client calls."""
        with self._lock:
            return self._bare(query)

    @contextmanager
    def writing(self, a_second: float) -> Iterator[None]:
        """While a thread adds so many vectors a second, one by one."""
        over = Event()
        thread = Thread(target=self._add_until, args=(over, a_second))
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _add_until(self, over: Event, a_second: float) -> None:
        began, first = time.monotonic(), self._added
        while not over.wait(began + (self._added - first) / a_second - time.monotonic()):
            self._add()

    def _add(self) -> None:
        vector = written(self._added, self._dimension)[None, :]
        with self._lock:
            self._index.add(vector)
        self._added += 1
        if self._added % SAVED_AFTER == 0:
            before = time.perf_counter()
            with self._lock:
                faiss_library().write_index(self._index, str(self._file))
            self.save_seconds = time.perf_counter() - before
