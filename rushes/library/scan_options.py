"""How a scan looks at a library."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from rushes.library.listing import Disk

Progress = Callable[[int, int], None]
"""Called with the files hashed so far and the files to hash."""


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """How to look: the prefixes, the stability guard in seconds, the time of the look."""

    now: datetime
    stability_seconds: float
    only: tuple[str, ...]
    skip: tuple[str, ...] = ()
    retry_rejected: bool = False
    threads: int = 2
    progress: Progress = lambda done, total: None
    disk: Disk | None = None
