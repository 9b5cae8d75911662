"""How the index knows that nobody but itself has touched its pointers.

A missing pointer must mean "there is no document", or every lookup of a new film would have to
scan its stage. So whoever finishes a change of a pointer folder sets the folder's modification
time to one fixed instant. Adding, removing or replacing a name, by anybody, moves it to now and
breaks the seal: a crash between two writes, a deleted pointer and a deleted folder all look
alike, and none can be mistaken for "complete". A pointer file names its own modification time
for the same reason: whoever writes into it in place does not leave that time behind. (A fixed
time would not do there: rsync takes files of equal size and time for equal.)

Rejected: a marker file saying "complete" does not notice one deleted pointer; a count of
pointers has to list the folder.
"""

from __future__ import annotations

import os
from pathlib import Path

SEALED_AT_NS = 1_000_000_000 * 10**9
"""2001-09-09 01:46:40 UTC, in ns since 1970: whole even seconds, which every file system keeps."""


def seal(folder: Path) -> None:
    """Declares `folder` complete. Only under the stage's lock, after its names are durable."""
    os.utime(folder, ns=(SEALED_AT_NS, SEALED_AT_NS))


def is_sealed(folder: Path) -> bool:
    """Whether `folder` exists and nothing in it changed since it was sealed."""
    try:
        return folder.stat().st_mtime_ns == SEALED_AT_NS
    except (FileNotFoundError, NotADirectoryError):
        return False
