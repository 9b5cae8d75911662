"""A new file, hashed as it is written."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from rushes.vectors.generations.manifest import FileRecord


class HashedFile:
    """Knows what was given to it, whatever the disk makes of it."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._digest = hashlib.sha256()
        self._size = 0

    def write(self, data: bytes) -> int:
        """Append all of it."""
        self._out.write(data)
        self._digest.update(data)
        self._size += len(data)
        return len(data)

    @property
    def record(self) -> FileRecord:
        """What the file is after the last `write`."""
        return FileRecord(size=self._size, sha256=self._digest.hexdigest())


@contextmanager
def hashed_file(path: Path) -> Iterator[HashedFile]:
    """A file that must not be there yet; on disk when the block ends. Raises OSError."""
    with path.open("xb") as out:
        yield HashedFile(out)
        out.flush()
        os.fsync(out.fileno())
