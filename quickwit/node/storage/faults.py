"""What may go wrong in the engine without being a reason for a thread to end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


def raise_unless_fault(error: BaseException) -> None:
    """Raise again what asks the thread to end; a panic of the engine's Rust is no `Exception`."""
    if isinstance(error, (KeyboardInterrupt, SystemExit, GeneratorExit)):
        raise error


@contextmanager
def faults_left_alone() -> Iterator[None]:
    """Go on after a fault: nothing depends on what is done inside."""
    try:
        yield
    except BaseException as error:
        raise_unless_fault(error)
