"""What a file contains, as a short text: fast by sampling, exact where that is asked for."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rushes.errors import MediaError

BLOCK_BYTES = 64 * 1024
SAMPLED_BLOCKS = 16  # the head, the tail and 14 between
# Sixteen seeks of a hard disk take as long as reading this much in one go, so smaller files are
# read whole and their sampled hash is exact.
WHOLE_FILE_BYTES = 16 * 2**20
DIGEST_BYTES = 16
SAMPLED_PREFIX = "s1:"
FULL_PREFIX = "f1:"

_READ_BYTES = 2**20


def is_exact(size_bytes: int) -> bool:
    """Whether the sampled hash of a file of `size_bytes` covers all of its bytes."""
    return size_bytes <= WHOLE_FILE_BYTES


def sampled_offsets(size_bytes: int) -> list[int]:
    """Where the blocks of a large file begin (bytes): first at the head, last at the tail."""
    span = size_bytes - BLOCK_BYTES
    return [span * index // (SAMPLED_BLOCKS - 1) for index in range(SAMPLED_BLOCKS)]


def sampled_hash(path: Path, *, size_bytes: int | None = None, mtime_ns: int | None = None) -> str:
    """`s1:` and 32 hex digits of BLAKE2b-128 over the size and 16 blocks of 64 KiB.

    `size_bytes` and `mtime_ns`, where given, are what the file must still have. Raises MediaError:
    `source_missing`, `unreadable`, `unsupported` (not a regular file) or `still_copying` (the file
    is not, or does not stay, what it was said to be).
    """
    with _steady_file(path, size_bytes, mtime_ns) as (handle, size):
        digest = hashlib.blake2b(size.to_bytes(8, "little"), digest_size=DIGEST_BYTES)
        for block in _sampled_blocks(path, handle, size):
            digest.update(block)
    return SAMPLED_PREFIX + digest.hexdigest()


def full_hash(path: Path, *, size_bytes: int | None = None, mtime_ns: int | None = None) -> str:
    """32 hex digits of BLAKE2b-128 over every byte; arguments and errors as `sampled_hash`."""
    with _steady_file(path, size_bytes, mtime_ns) as (handle, size):
        digest = hashlib.blake2b(digest_size=DIGEST_BYTES)
        for block in _all_blocks(path, handle, size):
            digest.update(block)
    return digest.hexdigest()


@contextmanager
def _steady_file(
    path: Path, size_bytes: int | None, mtime_ns: int | None
) -> Iterator[tuple[int, int]]:
    """An open descriptor and the size, sure at the end that nobody wrote in between."""
    try:
        # Without O_NONBLOCK the opening of a named pipe would wait for its writer.
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError as error:
        raise MediaError(f"{path.name!r} is gone", code="source_missing") from error
    except OSError as error:
        raise _unreadable(path, error) from error
    try:
        before = os.fstat(handle)
        if not stat.S_ISREG(before.st_mode):
            raise MediaError(f"{path.name!r} is not a regular file", code="unsupported")
        if size_bytes not in (None, before.st_size) or mtime_ns not in (None, before.st_mtime_ns):
            raise _changing(path)
        yield handle, before.st_size
        after = os.fstat(handle)
        if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
            raise _changing(path)
    except OSError as error:
        raise _unreadable(path, error) from error
    finally:
        os.close(handle)


def _sampled_blocks(path: Path, handle: int, size: int) -> Iterator[bytes]:
    if is_exact(size):
        yield from _all_blocks(path, handle, size)
        return
    for offset in sampled_offsets(size):
        os.lseek(handle, offset, os.SEEK_SET)
        block = os.read(handle, BLOCK_BYTES)
        if len(block) != BLOCK_BYTES:
            raise _changing(path)
        yield block


def _all_blocks(path: Path, handle: int, size: int) -> Iterator[bytes]:
    left = size
    while left:
        block = os.read(handle, min(left, _READ_BYTES))
        if not block:
            raise _changing(path)
        left -= len(block)
        yield block


def _changing(path: Path) -> MediaError:
    return MediaError(
        f"{path.name!r} is being written",
        code="still_copying",
        retryable=True,
        remedy="it is taken once it stays the same",
    )


def _unreadable(path: Path, error: OSError) -> MediaError:
    return MediaError(
        f"{path.name!r} cannot be read: {error.strerror}",
        code="unreadable",
        remedy="check the permissions and the drive, then scan again",
    )
