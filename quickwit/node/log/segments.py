"""The log of one index: a few files of lines, the last of them being written."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from quickwit.node.log.files import sync_folder
from quickwit.node.log.operations import Operation, decoded, encoded

LOGGER = logging.getLogger(__name__)

_SUFFIX = ".ndjson"


class LogBrokenError(OSError):
    """What a failed write left behind could not be removed: the log takes nothing any more."""


class Log:
    """Appends operations durably and reads them back in order.

    Not safe for several threads: its index's lock guards it. A segment is named after a number
    that is not over the sequence of its first operation, so that names sort by age.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._descriptor: int | None = None
        self._size_bytes = 0
        self._is_broken = False
        for segment in self._segments():
            _cut_torn_line(segment)

    @property
    def is_broken(self) -> bool:
        """Whether it takes nothing any more."""
        return self._is_broken

    def append(self, operations: Sequence[Operation]) -> int:
        """Write operations and wait until they are on disk; bytes written.

        `OSError` where that fails: then none of them is in the log.
        """
        if self._is_broken:
            raise LogBrokenError("the log is broken since a failed write; restart the node")
        data = b"".join(map(encoded, operations))
        descriptor = self._open(operations[0].sequence)
        try:
            _write_all(descriptor, data)
            os.fdatasync(descriptor)
        except OSError:
            self._take_back(descriptor)
            raise
        self._size_bytes += len(data)
        return len(data)

    def rotate(self) -> None:
        """End the segment that is written; the next operation starts another."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def remove_ended(self) -> None:
        """Remove every segment but the one that is written, oldest first."""
        ended = self._segments()
        if self._descriptor is not None:
            ended = ended[:-1]
        for segment in ended:
            segment.unlink()

    def read_after(self, sequence: int) -> Iterator[Operation]:
        """Every operation of a greater sequence, in order.

        A line that is no operation is reported and skipped: the lines before and after it count.
        """
        for segment in self._segments():
            with segment.open("rb") as file:
                for line in file:
                    try:
                        operation = decoded(line)
                    except (ValueError, KeyError, TypeError, AttributeError):
                        LOGGER.error("%s holds a line that is no operation: %r", segment, line[:80])
                        continue
                    if operation.sequence > sequence:
                        yield operation

    def close(self) -> None:
        """Close the file; everything in it is on disk already."""
        self.rotate()

    def _open(self, sequence: int) -> int:
        if self._descriptor is None:
            path = self._folder / f"{sequence:020}{_SUFFIX}"
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            self._descriptor = os.open(path, flags, 0o644)
            self._size_bytes = os.fstat(self._descriptor).st_size
            sync_folder(self._folder)
        return self._descriptor

    def _take_back(self, descriptor: int) -> None:
        """Remove what a failed append left, so that it never comes to light."""
        try:
            os.ftruncate(descriptor, self._size_bytes)
            os.fsync(descriptor)
        except OSError:
            self._is_broken = True
            LOGGER.exception("the log in %s is broken", self._folder)

    def _segments(self) -> list[Path]:
        return sorted(self._folder.glob(f"*{_SUFFIX}"))


def _write_all(descriptor: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]


def _cut_torn_line(segment: Path) -> None:
    """Cut what a crash left of a line: it was never acknowledged."""
    data = segment.read_bytes()
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        LOGGER.warning("%s: %d bytes of a torn line are cut", segment, len(data) - whole)
        with segment.open("r+b") as file:
            file.truncate(whole)
            os.fsync(file.fileno())
