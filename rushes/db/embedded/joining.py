"""Becoming a user of the embedded server, for as long as the process lives."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from rushes.db.embedded import locks
from rushes.db.embedded.cluster import START_SECONDS, start_server
from rushes.db.embedded.launch import launch_keeper
from rushes.db.embedded.location import make_location

# Several processes that start at once wait for one `initdb` and one start.
_WAIT_SECONDS = 4 * START_SECONDS

# Held over a fork: a child must not inherit a lock file that is open for a moment only.
_one_at_a_time = threading.RLock()
os.register_at_fork(
    before=_one_at_a_time.acquire,
    after_in_parent=_one_at_a_time.release,
    after_in_child=_one_at_a_time.release,
)
# Descriptors of `users.lock`, by folder. A forked child shares them and so is a user as well.
_joined: dict[Path, int] = {}


def join(folder: Path, password: str) -> int:
    """The port of the running server of `folder`, which stays up as long as this process.

    Starts what is missing: the cluster, the server, its keeper. May be called again and again,
    from any thread; each call looks whether the server still lives.
    """
    with _one_at_a_time:
        folder.mkdir(parents=True, exist_ok=True)
        _become_user(folder)
        with locks.exclusive(folder / "start.lock", timeout_seconds=_WAIT_SECONDS):
            _ensure_keeper(folder)
            return start_server(folder, password)


def _become_user(folder: Path) -> None:
    path = folder / "users.lock"
    handle = _joined.get(folder)
    if handle is not None:
        if locks.is_lock_of(handle, path):
            return
        os.close(_joined.pop(folder))  # the data directory was removed and made anew
    _joined[folder] = locks.wait_for_lock(path, shared=True, timeout_seconds=_WAIT_SECONDS)


def _ensure_keeper(folder: Path) -> None:
    """A keeper first, then a server: one that nobody would stop is never left behind."""
    keeper_lock = locks.try_lock(folder / "keeper.lock")
    if keeper_lock is None:
        return
    try:
        launch_keeper(make_location(folder), keeper_lock)
    finally:
        os.close(keeper_lock)
