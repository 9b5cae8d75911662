"""Newline-delimited JSON in requests of a size that the engine takes."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence

from rushes.search.quickwit.errors import DocumentTooLargeError

MAX_REQUEST_BYTES = 8 * 2**20
"""Below Quickwit's own limit of 10 MiB, counted before compression."""
_GZIP_WINDOW = 31  # zlib's largest window, in a gzip envelope
_LEVEL = 1  # a third of the time of the usual 6, for a fifth more bytes
_PIECE_BYTES = 64 * 1024  # one call of zlib for many lines, without joining them all


def split_lines(
    lines: Iterable[bytes], max_bytes: int = MAX_REQUEST_BYTES
) -> Iterator[list[bytes]]:
    """Cut encoded documents, in order, into batches of at most `max_bytes` with line ends.

    Raises `DocumentTooLargeError` for one document that no batch can hold; `position` counts from
    the first line given. Batches before it were handed out already.
    """
    batch: list[bytes] = []
    size = 0
    for position, line in enumerate(lines):
        length = len(line) + 1
        if batch and size + length > max_bytes:
            yield batch
            batch, size = [], 0
        if length > max_bytes:
            raise DocumentTooLargeError(
                f"A search document of {length} bytes is larger than {max_bytes}, the most that"
                " one request may hold.",
                position=position,
            )
        batch.append(line)
        size += length
    if batch:
        yield batch


def joined(lines: Sequence[bytes]) -> bytes:
    """One request body, as it is."""
    return b"\n".join(lines) + b"\n"


def compressed(lines: Sequence[bytes]) -> bytes:
    """One request body, as gzip. The whole of it is never held uncompressed."""
    stream = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
    parts: list[bytes] = []
    piece = bytearray()
    for line in lines:
        piece += line
        piece += b"\n"
        if len(piece) >= _PIECE_BYTES:
            parts.append(stream.compress(piece))
            piece = bytearray()
    parts += (stream.compress(piece), stream.flush())
    return b"".join(parts)
