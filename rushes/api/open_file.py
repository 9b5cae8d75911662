"""Answers out of an open file, with byte ranges (RFC 9110, section 14)."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Mapping
from io import FileIO

from anyio import to_thread
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

CHUNK_BYTES = 256 * 1024
_RANGE = re.compile(r"bytes=[ \t]*(\d*)-(\d*)[ \t]*", re.ASCII | re.IGNORECASE)
_MOST_DIGITS = 18
"""Numbers of more digits are larger than any file."""


class UnsatisfiableRangeError(Exception):
    """The range begins behind the file's end: 416."""


def wanted_range(header: str | None, size: int) -> tuple[int, int] | None:
    """(start, end exclusive) of a Range header; None: the whole file, also for several ranges and
    for what is no range of bytes. Raises UnsatisfiableRangeError."""
    match = _RANGE.fullmatch(header.strip()) if header else None
    if match is None or not any(match.groups()):
        return None
    first, last = (_number(text) for text in match.groups())
    if first is None:
        first, last = max(0, size - (last or 0)), size - 1
    elif last is not None and last < first:
        return None
    if first >= size:
        raise UnsatisfiableRangeError
    return first, size if last is None else min(last + 1, size)


def _number(digits: str) -> int | None:
    if not digits:
        return None
    return int(digits) if len(digits.lstrip("0")) <= _MOST_DIGITS else 10**_MOST_DIGITS


class OpenFileResponse(StreamingResponse):
    """Bytes [start, end) of an open file, which is closed when the answer is over or given up."""

    def __init__(
        self, file: FileIO, start: int, end: int, headers: Mapping[str, str], *,
        media_type: str, status_code: int = 200, head_only: bool = False,
    ) -> None:  # fmt: skip
        self._file = file
        chunks = _nothing() if head_only else _chunks(file, start, end)
        super().__init__(chunks, status_code, dict(headers), media_type)
        self.headers["content-length"] = str(end - start)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._file.close()


async def _chunks(file: FileIO, start: int, end: int) -> AsyncIterator[bytes]:
    while start < end:
        chunk = await to_thread.run_sync(
            os.pread, file.fileno(), min(CHUNK_BYTES, end - start), start
        )
        if not chunk:
            raise EOFError("the file became shorter while it was sent")
        start += len(chunk)
        yield chunk


async def _nothing() -> AsyncIterator[bytes]:
    nothing: tuple[bytes, ...] = ()
    for each in nothing:
        yield each
