"""Opening the index of one space, in a thread that callers wait for."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Final

from sqlalchemy import Engine

from rushes.errors import RushesError
from rushes.vectors.errors import VectorsUnavailableError
from rushes.vectors.ladder import SpaceLadder
from rushes.vectors.live.live_index import LiveIndex
from rushes.vectors.options import IndexOptions
from rushes.vectors.space import EmbeddingSpace

log = logging.getLogger(__name__)
_LONGEST_PAUSE: Final = 60.0


@dataclass(frozen=True, slots=True)
class OpenedIndex:
    """A live index, and the ways to a generation for it."""

    live: LiveIndex
    ladder: SpaceLadder
    engine: Engine
    options: IndexOptions


class Opening:
    """One try. `failures`: how many tries before it failed."""

    def __init__(
        self,
        engine: Engine,
        root: Path,
        space: EmbeddingSpace,
        options: IndexOptions,
        closing: Event,
        failures: int = 0,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.failures = failures
        self.opened: OpenedIndex | None = None
        self._engine = engine
        self._space = space
        self._options = options
        self._clock = clock
        self._ladder = SpaceLadder(engine, root, space, options, lambda: not closing.is_set())
        self._closing = closing
        self._failure: Exception | None = None
        self._again_at = 0.0
        self._done = Event()
        self._thread = Thread(target=self._run, name=f"open-{space.key}", daemon=True)

    def start(self) -> None:
        """Begin, once."""
        self._thread.start()

    def join(self, seconds: float) -> None:
        """Wait for its end, at most so long."""
        self._thread.join(seconds)

    @property
    def is_due_again(self) -> bool:
        """Whether it failed, long enough ago."""
        return self._done.is_set() and self._failure is not None and self._clock() >= self._again_at

    def result(self, wait_seconds: float) -> OpenedIndex:
        """VectorsUnavailableError where there is none after so many seconds."""
        if not self._done.wait(wait_seconds):
            raise VectorsUnavailableError(
                f"the vectors of {self._space.key} are still being read",
                code="vectors_loading",
                retryable=True,
                remedy="wait a moment, then ask again; `rushes vectors status` tells more",
            )
        if self.opened is None:
            raise VectorsUnavailableError(
                f"the vectors of {self._space.key} cannot be read: {_told(self._failure)}",
                retryable=True,
                remedy="the log of this process has the reason; search for words still answers",
            ) from self._failure
        return self.opened

    def _run(self) -> None:
        try:
            live = LiveIndex(self._engine, self._space, self._ladder.from_files)
            live.begin_with(self._ladder.climb())
            self.opened = OpenedIndex(live, self._ladder, self._engine, self._options)
        except Exception as error:
            self._failure = error
            self.failures += 1
            self._again_at = self._clock() + min(2.0**self.failures, _LONGEST_PAUSE)
            if not self._closing.is_set():
                self._ladder.note_failure(f"the index cannot be opened: {_told(error)}")
        finally:
            self._done.set()


def _told(error: Exception | None) -> str:
    """One line; what is no error of Rushes may hold statements and values, so its kind only."""
    return error.message if isinstance(error, RushesError) else type(error).__name__
