"""Advisory file locks (flock) that die with their process."""

from __future__ import annotations

import fcntl
import os
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class SharedUse:
    """A shared lock on an open file, released by `close` or when nothing refers to it."""

    def __init__(self, handle: int) -> None:
        self._finalizer = weakref.finalize(self, os.close, handle)

    def close(self) -> None:
        """Gives the lock back; safe to call twice."""
        self._finalizer()


def share(path: Path) -> SharedUse | None:
    """A shared lock on `path`, or None when it is gone or being removed."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    use = SharedUse(handle)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        use.close()
        return None
    if not _is_still(handle, path):
        use.close()
        return None
    return use


@contextmanager
def exclusive_if_free(path: Path) -> Iterator[bool]:
    """Tries for the only lock on the existing file `path`; yields whether it was had."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        yield False
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        free = _is_still(handle, path)
    except OSError:
        free = False
    try:
        yield free
    finally:
        os.close(handle)


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Waits for the only lock on `path`, which is made for it and removed afterwards."""
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        fcntl.flock(handle, fcntl.LOCK_EX)
        if _is_still(handle, path):
            break
        os.close(handle)  # the holder before us removed the file; take a new one
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)


def _is_still(handle: int, path: Path) -> bool:
    """Whether `path` still names the open file."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except OSError:
        return False
