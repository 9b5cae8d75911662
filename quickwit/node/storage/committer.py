"""The thread that commits what is due."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable

from quickwit.node.storage.faults import raise_unless_fault
from quickwit.node.storage.index import StoredIndex

LOGGER = logging.getLogger(__name__)

RETRY_SECONDS = 1.0
IDLE_SECONDS = 60.0


class Committer:
    """Commits each index when its commit time-out is over, and tries again where that fails."""

    def __init__(
        self, indexes: Callable[[], Iterable[StoredIndex]], retry_seconds: float = RETRY_SECONDS
    ) -> None:
        self._indexes = indexes
        self._retry_seconds = retry_seconds
        self._changed = threading.Event()
        self._is_ending = False
        self._retry_at: dict[str, float] = {}
        self._thread = threading.Thread(target=self._run, name="committer", daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether it still commits."""
        return self._thread.is_alive()

    def wake(self) -> None:
        """Something was written: look again when the next commit is due."""
        self._changed.set()

    def end(self) -> None:
        """End the thread after what it is doing."""
        self._is_ending = True
        self._changed.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._is_ending:
            self._changed.clear()
            self._changed.wait(self._commit_due())

    def _commit_due(self) -> float:
        """Commit what is due; seconds until the next is."""
        wait = IDLE_SECONDS
        for index in self._indexes():
            if (due_at := index.due_at) is None:
                continue
            uid = index.metadata.index_uid
            left = max(due_at, self._retry_at.get(uid, 0.0)) - time.monotonic()
            if left <= 0:
                left = self._commit(index, uid)
            wait = min(wait, left)
        return wait

    def _commit(self, index: StoredIndex, uid: str) -> float:
        try:
            index.commit()
        except BaseException as error:
            raise_unless_fault(error)
            LOGGER.exception("%s cannot be committed", index.folder.name)
            self._retry_at[uid] = time.monotonic() + self._retry_seconds
            return self._retry_seconds
        self._retry_at.pop(uid, None)
        return IDLE_SECONDS
