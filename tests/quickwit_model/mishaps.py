"""What can go wrong with one request, chosen by the test beforehand."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from enum import Enum


class Mishap(Enum):
    """`(what the engine does with the request, how the client learns of it)`.

    What it does: all, nothing, a part of the documents, all of it twice, or all of it later.
    A status, or the name of what becomes of the connection.
    """

    NONE = ("all", 200)
    DOUBLED = ("twice", 200)
    LOST_ANSWER = ("all", "timeout")
    BROKEN_CONNECTION = ("all", "broken")
    FAILED_AFTER = ("all", 500)
    UNREADY_AFTER = ("all", 503)
    FAILED_AMID = ("part", 500)
    LOST_AMID = ("part", "timeout")
    LOST_REQUEST = ("nothing", "timeout")
    FAILED_BEFORE = ("nothing", 500)
    UNREADY_BEFORE = ("nothing", 503)
    TIMED_OUT_BEFORE = ("nothing", 408)
    BUSY = ("nothing", 429)
    TOO_LARGE = ("nothing", 413)
    REFUSED_CONNECTION = ("nothing", "refused")
    ARRIVES_LATER = ("later", "timeout")
    DOUBLED_LOST = ("twice", "timeout")

    @property
    def effect(self) -> str:
        """What the engine does."""
        return str(self.value[0])

    @property
    def outcome(self) -> int | str:
        """What the client sees: a status, or `timeout`, `broken`, `refused`."""
        outcome: int | str = self.value[1]
        return outcome


OF_ANY_REQUEST = tuple(
    each for each in Mishap if each.effect in ("all", "nothing") and each is not Mishap.TOO_LARGE
)
"""Those that make sense for requests without documents too."""


class Mishaps:
    """The choices for the requests to come, in order; without one all goes well."""

    def __init__(self) -> None:
        self._next: deque[Mishap] = deque()

    def choose(self, mishaps: Iterable[Mishap]) -> None:
        """Of the next requests; what was chosen before and not used is forgotten."""
        self._next = deque(mishaps)

    def take(self, has_documents: bool) -> Mishap:
        """Of this request. What is no mishap of its kind is left out."""
        while self._next:
            mishap = self._next.popleft()
            if has_documents or mishap in OF_ANY_REQUEST:
                return mishap
        return Mishap.NONE
