"""What the pipeline tells while it works: phases, progress and outcomes.

Observers are for people (a progress bar) and for fault tests (a kill at a phase). They are told in
the worker's own thread and must not raise; nothing in the pipeline depends on them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from rushes.pipeline.interrupts import check_interrupt


class Phase(StrEnum):
    """The named points of a stage's work, in their order."""

    STARTED = "started"
    DECODE = "decode"
    MODEL = "model"
    DOCUMENT_WRITTEN = "document_written"
    TRANSACTION_OPEN = "transaction_open"
    COMMITTED = "committed"
    EVENT_LOGGED = "event_logged"


@dataclass(frozen=True, slots=True)
class StageEvent:
    """A stage of a film has reached a phase; `done` and `total` are seconds of film."""

    asset_id: str
    stage: str
    phase: Phase
    done: float = 0.0
    total: float = 0.0


class Observer(Protocol):
    """Told of every event."""

    def __call__(self, event: StageEvent, /) -> None: ...


_observers: list[Observer] = []


@contextmanager
def observing(observer: Observer) -> Iterator[None]:
    """Tell `observer` of everything that this process does inside the block."""
    _observers.append(observer)
    try:
        yield
    finally:
        _observers.remove(observer)


def announce(event: StageEvent) -> None:
    """Tell every observer. Raises KeyboardInterrupt where someone asked the work to end."""
    for observer in tuple(_observers):
        observer(event)
    check_interrupt()
