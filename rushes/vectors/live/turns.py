"""One piece of work that serves all who came before it began."""

from __future__ import annotations

from collections.abc import Callable
from threading import Condition


class Turns:
    """Runs `work` so that each caller sees one run that began after its call.

    Callers that wait meanwhile share the next run, so that many of them cost little more than one.
    """

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._changed = Condition()
        self._begun = 0
        self._done = 0
        self._is_busy = False

    def ticket(self) -> int:
        """What makes `take` return when a run is over that began after this call."""
        return self._begun + 1

    def take(self, ticket: int | None = None) -> None:
        """Return when a run is over that began after the ticket was drawn, or, without one, after
        this call. Raises what it raised.

        One that fails is the fault of its runner alone: whoever waited tries again.
        """
        with self._changed:
            wanted = self._begun + 1 if ticket is None else ticket
            while self._done < wanted and self._is_busy:
                self._changed.wait()
            if self._done >= wanted:
                return
            self._is_busy = True
            self._begun += 1
            number = self._begun
        is_done = False
        try:
            self._work()
            is_done = True
        finally:
            with self._changed:
                self._is_busy = False
                if is_done:
                    self._done = number
                self._changed.notify_all()
