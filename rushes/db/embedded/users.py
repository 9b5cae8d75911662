"""Being a user of a server that runs for one folder, for as long as the process lives."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from rushes.db.embedded import locks


class Users:
    """Holds `users.lock` of folders for the process, each once, and never lets go."""

    def __init__(self) -> None:
        # Held over a fork: a child must not inherit a lock file that is open for a moment only.
        self.one_at_a_time = threading.RLock()
        os.register_at_fork(
            before=self.one_at_a_time.acquire,
            after_in_parent=self.one_at_a_time.release,
            after_in_child=self.one_at_a_time.release,
        )
        # Descriptors by folder. A forked child shares them and so is a user as well.
        self._joined: dict[Path, int] = {}

    def become_user(self, folder: Path, *, timeout_seconds: float) -> None:
        """Hold `users.lock` in `folder` from now on. Hold `one_at_a_time`."""
        path = folder / "users.lock"
        handle = self._joined.get(folder)
        if handle is not None:
            if locks.is_lock_of(handle, path):
                return
            os.close(self._joined.pop(folder))  # the data directory was removed and made anew
        self._joined[folder] = locks.wait_for_lock(
            path, shared=True, timeout_seconds=timeout_seconds
        )
