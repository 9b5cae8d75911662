"""The vector indexes of one process: opened at first use, kept up, one a space."""

from __future__ import annotations

import logging
from pathlib import Path
from threading import Event, Lock
from typing import Final

from sqlalchemy import Engine

from rushes.db.reading import reading
from rushes.vectors.errors import VectorsUnavailableError
from rushes.vectors.faiss_library import faiss_library
from rushes.vectors.keeper import Keeper
from rushes.vectors.live.live_index import LiveIndex
from rushes.vectors.opened import OpenedIndex, Opening
from rushes.vectors.options import IndexOptions
from rushes.vectors.space import EmbeddingSpace
from rushes.vectors.store import read_spaces

log = logging.getLogger(__name__)
_CLOSING_SECONDS: Final = 5.0


class VectorIndexes:
    """Safe between threads. `root`: the folder of the spaces' folders, `settings.vectors_root`."""

    def __init__(self, engine: Engine, root: Path, options: IndexOptions) -> None:
        self._engine = engine
        self._root = root
        self._options = options
        self._openings: dict[EmbeddingSpace, Opening] = {}
        self._lock = Lock()
        self._closing = Event()
        self._keeper: Keeper | None = None

    def of(self, space: EmbeddingSpace, wait_seconds: float = 10.0) -> LiveIndex:
        """The index of a space. The first call opens it, in a thread of its own.

        Raises VectorsUnavailableError: `vectors_loading` where it is not open after so many
        seconds, `vectors_unavailable` where it cannot be opened. What failed is tried again after
        a pause that grows with each failure.
        """
        faiss_library()
        opening = self._opening(space)
        return opening.result(wait_seconds).live

    def spaces(self) -> list[EmbeddingSpace]:
        """The spaces that have embeddings, in order of kind, model, version and dimension."""
        with reading(self._engine) as connection:
            return read_spaces(connection)

    def opened(self) -> list[OpenedIndex]:
        """What is open by now."""
        with self._lock:
            openings = list(self._openings.values())
        return [each.opened for each in openings if each.opened is not None]

    def start_keeper(self) -> None:
        """Look after the open indexes until `close`, in a thread; for processes that serve."""
        with self._lock:
            if self._keeper is None and not self._closing.is_set():
                self._keeper = Keeper(self.opened)
                self._keeper.start()

    def close(self) -> None:
        """End the threads. What was open may be searched on by who holds it."""
        self._closing.set()
        with self._lock:
            openings = list(self._openings.values())
            self._openings.clear()
            keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.close(_CLOSING_SECONDS)
        for each in openings:
            each.join(_CLOSING_SECONDS)

    def _opening(self, space: EmbeddingSpace) -> Opening:
        with self._lock:
            if self._closing.is_set():
                raise VectorsUnavailableError("the vector indexes of this process are closed")
            found = self._openings.get(space)
            if found is None or found.is_due_again:
                failures = 0 if found is None else found.failures
                found = Opening(
                    self._engine, self._root, space, self._options, self._closing, failures
                )
                self._openings[space] = found
                found.start()
            return found
