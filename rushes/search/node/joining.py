"""Becoming a user of the embedded search node, for as long as the process lives."""

from __future__ import annotations

import logging
import os
import subprocess
import threading
import time
from pathlib import Path

from rushes.db.embedded import locks
from rushes.db.embedded.users import Users
from rushes.errors import DatabaseError
from rushes.search.node.launch import START_SECONDS, start_node
from rushes.search.quickwit.errors import QuickwitUnavailableError

LOGGER = logging.getLogger(__name__)

# Several processes that start at once wait for one start.
_WAIT_SECONDS = 2 * START_SECONDS
_users = Users()


def join_node(folder: Path) -> str:
    """The address of the running node of `folder`, which stays up as long as this process.

    May be called again and again, from any thread; each call looks whether the node still lives,
    and starts it where it does not. Raises `QuickwitUnavailableError`.
    """
    with _users.one_at_a_time:
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _users.become_user(folder, timeout_seconds=_WAIT_SECONDS)
            with locks.exclusive(folder / "start.lock", timeout_seconds=_WAIT_SECONDS):
                return start_node(folder)
        except (OSError, subprocess.SubprocessError, DatabaseError) as error:
            raise QuickwitUnavailableError(
                f"The embedded search node in {folder} cannot be used: {error}",
                was_sent=False,
                remedy="make the data directory writable for this user, or set QUICKWIT_URL",
            ) from error


class Reviver:
    """Starts the node again in the background, for those who found it gone."""

    _PAUSE_SECONDS = 5.0
    """After a start that failed: the next would most likely fail too."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._thread: threading.Thread | None = None
        self._not_before = 0.0
        self._guard = threading.Lock()
        os.register_at_fork(after_in_child=self._forget)

    def revive(self) -> None:
        """Have the node started, unless that is under way. Returns at once, raises nothing."""
        with self._guard:
            is_at_work = self._thread is not None and self._thread.is_alive()
            if is_at_work or time.monotonic() < self._not_before:
                return
            self._thread = threading.Thread(target=self._start, name="search-node", daemon=True)
            self._thread.start()

    def _start(self) -> None:
        try:
            join_node(self._folder)
        except QuickwitUnavailableError:
            self._not_before = time.monotonic() + self._PAUSE_SECONDS
            LOGGER.exception("the embedded search node could not be started again")

    def _forget(self) -> None:
        """A forked child has none of its parent's threads, and a guard that may stay taken."""
        self._thread, self._guard = None, threading.Lock()
