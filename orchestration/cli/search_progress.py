"""Progress of publishing films into the search index; on stderr."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from orchestration.cli.output import say, stderr

if TYPE_CHECKING:
    from orchestration.publishing import Tally

_QUIET_SECONDS = 5.0


@contextmanager
def publishing_progress() -> Iterator[Callable[[Tally], None]]:
    """A line that changes on a terminal, and a line every few seconds elsewhere."""
    if not stderr.is_terminal:
        yield _Lines()
        return
    with stderr.status("search index") as shown:
        yield lambda done: shown.update(f"search index: {done}")


class _Lines:
    def __init__(self) -> None:
        self._told = time.monotonic()

    def __call__(self, done: Tally) -> None:
        if time.monotonic() - self._told >= _QUIET_SECONDS:
            say(f"search index: {done}")
            self._told = time.monotonic()
