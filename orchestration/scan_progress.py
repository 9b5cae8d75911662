"""Says how far a scan has read, now and then."""

from __future__ import annotations

import time
from collections.abc import Callable

from rushes.library.scan_options import Progress

_QUIET_SECONDS = 5.0


def hash_progress(say: Callable[[str], None]) -> Progress:
    """A scan's progress as a line every few seconds."""
    last = time.monotonic()

    def told(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last > _QUIET_SECONDS:
            last = time.monotonic()
            say(f"reading files: {done} of {total}")

    return told
