"""The delete tasks of one index, as they are listed."""

from __future__ import annotations

from collections import deque
from pathlib import Path

from quickwit.node.engine import DeleteTask
from quickwit.node.log.operations import DocumentsDeleted
from quickwit.node.storage import metadata

LISTED_TASKS = 200
"""A task may hold 50 kB of numbers, and an index gets a few an hour for ever."""


class DeleteTasks:
    """The newest `LISTED_TASKS` tasks. Its index's lock guards it."""

    def __init__(self, folder: Path, index_uid: str) -> None:
        self._folder = folder
        self._index_uid = index_uid
        self._listed = deque(metadata.read_tasks(folder), LISTED_TASKS)
        self._kept_opstamp = self.last_opstamp

    @property
    def last_opstamp(self) -> int:
        """The stamp of the newest task; 0 before the first."""
        return self._listed[-1].opstamp if self._listed else 0

    def newest(self) -> DeleteTask:
        """The task that was remembered last."""
        return self._listed[-1]

    def listed(self) -> list[DeleteTask]:
        """The newest tasks, oldest first."""
        return list(self._listed)

    def remember(self, task: DocumentsDeleted) -> None:
        """List a task, once however often it is replayed."""
        if self.last_opstamp < task.opstamp:
            self._listed.append(
                DeleteTask(
                    self._index_uid, task.opstamp, task.created_at, task.query, task.search_fields
                )
            )

    def keep(self) -> None:
        """Write the list where it is another than the one that is kept. `OSError`."""
        if self._kept_opstamp != self.last_opstamp:
            metadata.write_tasks(self._folder, self.listed())
            self._kept_opstamp = self.last_opstamp
