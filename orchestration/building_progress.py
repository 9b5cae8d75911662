"""How far a build is, told through Dagster to the command that runs it in its own process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_shown: ContextVar[Any] = ContextVar("building_progress", default=None)


@contextmanager
def showing_progress(progress: Any) -> Iterator[None]:
    """Have builds of vector indexes in this thread tell `progress` how far they are."""
    token = _shown.set(progress)
    try:
        yield
    finally:
        _shown.reset(token)


def shown_progress() -> Any:
    """Who is to be told here; None outside of such a command."""
    return _shown.get()
