"""Becoming a user of the embedded server, for as long as the process lives."""

from __future__ import annotations

import os
from pathlib import Path

from rushes.db.embedded import locks
from rushes.db.embedded.cluster import START_SECONDS, start_server
from rushes.db.embedded.launch import launch_keeper
from rushes.db.embedded.location import make_location
from rushes.db.embedded.users import Users

# Several processes that start at once wait for one `initdb` and one start.
_WAIT_SECONDS = 4 * START_SECONDS
_users = Users()


def join(folder: Path, password: str) -> int:
    """The port of the running server of `folder`, which stays up as long as this process.

    Starts what is missing: the cluster, the server, its keeper. May be called again and again,
    from any thread; each call looks whether the server still lives.
    """
    with _users.one_at_a_time:
        folder.mkdir(parents=True, exist_ok=True)
        _users.become_user(folder, timeout_seconds=_WAIT_SECONDS)
        with locks.exclusive(folder / "start.lock", timeout_seconds=_WAIT_SECONDS):
            _ensure_keeper(folder)
            return start_server(folder, password)


def _ensure_keeper(folder: Path) -> None:
    """A keeper first, then a server: one that nobody would stop is never left behind."""
    keeper_lock = locks.try_lock(folder / "keeper.lock")
    if keeper_lock is None:
        return
    try:
        launch_keeper(make_location(folder), keeper_lock)
    finally:
        os.close(keeper_lock)
