"""Advisory file locks (flock) that the kernel drops when their last holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rushes.errors import DatabaseError

_POLL_SECONDS = 0.02


def try_lock(path: Path, *, shared: bool = False) -> int | None:
    """The descriptor that holds the lock on `path`, or None when another holder is in the way.

    It is not inherited by programs that this process starts, unless handed over (`pass_fds`).
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    except BaseException:
        os.close(handle)
        raise
    return handle


def wait_for_lock(path: Path, *, timeout_seconds: float, shared: bool = False) -> int:
    """Like `try_lock`, but waits; raises `DatabaseError` after `timeout_seconds`."""
    deadline = time.monotonic() + timeout_seconds
    while (handle := try_lock(path, shared=shared)) is None:
        if time.monotonic() > deadline:
            raise DatabaseError(
                f"Waited {timeout_seconds:.0f} s for {path}, which another process holds.",
                remedy="try again; if it stays, end the process that holds the file open",
            )
        time.sleep(_POLL_SECONDS)
    return handle


@contextmanager
def exclusive(path: Path, *, timeout_seconds: float) -> Iterator[None]:
    """Hold `path` exclusively for the length of a block."""
    handle = wait_for_lock(path, timeout_seconds=timeout_seconds)
    try:
        yield
    finally:
        # Unlocked by name: a copy of the descriptor in a forked child must not keep the lock.
        fcntl.flock(handle, fcntl.LOCK_UN)
        os.close(handle)


def is_lock_of(handle: int, path: Path) -> bool:
    """Whether `handle` is open on the file that lies at `path` now."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except OSError:
        return False
