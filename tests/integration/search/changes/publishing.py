"""Workers that a test takes step by step, and lets die."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from sqlalchemy import func, select

from rushes.search.quickwit.errors import QuickwitError
from rushes.search.sync.flight import Batch
from rushes.search.sync.worker import SearchSyncWorker
from tests.integration.search.changes.changing_library import ChangingLibrary, CrashError
from tests.quickwit_model.mishaps import Mishap


class Publisher(Protocol):
    """What `SearchSyncWorker` is to the test."""

    @property
    def is_busy(self) -> bool: ...

    def begin(self) -> Any: ...

    def send(self, batch: Any) -> Any: ...

    def settle(self) -> Any: ...

    def close(self) -> None: ...


class SteppedWorker:
    """One process that publishes. Where it crashes another takes its place."""

    def __init__(self, library: ChangingLibrary, make: Callable[[], Publisher]) -> None:
        self._library = library
        self._make = make
        self._publisher: Publisher | None = None
        self._batch: Batch | None = None
        self._is_working = False

    @property
    def is_busy(self) -> bool:
        """Whether something is under way."""
        return self._publisher is not None and (self._batch is not None or self._publisher.is_busy)

    @property
    def has_begun(self) -> bool:
        """Whether something waits to be sent."""
        return self._batch is not None

    def step(self, phase: str, mishaps: Sequence[Mishap] = ()) -> None:
        """Do what comes next: send what was begun, otherwise the phase asked for."""
        if self._is_working:
            return
        self._is_working = True
        self._library.transport.mishaps.choose(mishaps)
        try:
            self._publisher = self._publisher or self._make()
            self._next(self._publisher, phase)
        except CrashError:
            self.crash()
        except QuickwitError:
            pass  # the drain loop waits and goes on
        finally:
            self._is_working = False
            self._library.undisturbed()
            self._library.transport.mishaps.choose(())

    def _next(self, publisher: Publisher, phase: str) -> None:
        if self._batch is not None:
            batch, self._batch = self._batch, None
            publisher.send(batch)
        elif phase == "settle" and publisher.is_busy:
            publisher.settle()
        else:
            self._batch = publisher.begin()

    def crash(self) -> None:
        """The process is gone, and Postgres has seen it."""
        publisher, self._publisher, self._batch = self._publisher, None, None
        if publisher is not None:
            publisher.close()

    def lose_lock(self) -> None:
        """Postgres takes it for dead, and it does not know."""
        if isinstance(self._publisher, SearchSyncWorker):
            held = self._publisher._worker
            held._connection.execute(select(func.pg_advisory_unlock(held.key)))
