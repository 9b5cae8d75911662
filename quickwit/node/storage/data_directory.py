"""The data directory of a node, held by one process."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from pathlib import Path

from quickwit.node.storage.metadata import is_index


class DirectoryInUseError(RuntimeError):
    """Another process holds the data directory."""


class DataDirectory:
    """`indexes/` holds one folder an index, `drafts/` what is being made or removed."""

    def __init__(self, root: Path) -> None:
        """Make the folders and hold them. `DirectoryInUseError` where another process does."""
        root.mkdir(parents=True, exist_ok=True)
        self._descriptor = _held(root / "node.lock")
        self.indexes = root / "indexes"
        self.drafts = root / "drafts"
        shutil.rmtree(self.drafts, ignore_errors=True)
        for folder in (self.indexes, self.drafts):
            folder.mkdir(exist_ok=True)

    def index_folders(self) -> list[Path]:
        """The folder of every index."""
        return sorted(folder for folder in self.indexes.iterdir() if is_index(folder))

    def set_aside(self, folder: Path) -> Path:
        """Take a damaged index out of what is served; where it is kept."""
        broken = self.indexes.parent / "broken"
        broken.mkdir(exist_ok=True)
        return folder.rename(broken / f"{folder.name}-{time.time_ns()}")

    def close(self) -> None:
        """Let another process have it."""
        os.close(self._descriptor)


def _held(path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise DirectoryInUseError(
            f"another search node holds {path.parent}; end it or give another --data"
        ) from None
    return descriptor
