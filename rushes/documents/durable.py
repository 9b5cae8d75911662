"""Writing that survives a crash: temporary file, fsync, rename, fsync of the folder."""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rushes.errors import StorageError

CrashPoints = Callable[[str], None]
"""Called with the name of each boundary between two writes, so that a test can die there."""

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def no_crash_points(boundary: str) -> None:
    """What runs in production."""


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turns an OSError into StorageError, `disk_full` where the disk or the quota is."""
    try:
        yield
    except OSError as error:
        place = error.filename or path
        if error.errno in _FULL:
            raise StorageError(
                f"no space left for {place}",
                code="disk_full",
                remedy="free space on that disk, then run again",
            ) from error
        raise StorageError(f"{place}: {error.strerror or error}") from error


def write_temporary(
    target: Path, data: bytes, *, sync: bool = True, mtime_ns: int | None = None
) -> Path:
    """`data` in a file with a unique name beside `target`, on disk when this returns.

    The name begins with a dot, which no document, pointer or listed file does. `mtime_ns` is
    the modification time to give it, in ns since 1970.
    """
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(8)}.tmp")
    try:
        with temporary.open("xb") as out:
            out.write(data)
            out.flush()
            if mtime_ns is not None:
                os.utime(out.fileno(), ns=(mtime_ns, mtime_ns))
            if sync:
                os.fsync(out.fileno())
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def sync_folder(folder: Path) -> None:
    """Makes the names in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Makes `folder` and what is missing above it, each name durable."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


@contextmanager
def exclusive_lock(path: Path) -> Iterator[None]:
    """Holds `path` against every other thread and process; the kernel frees it on a crash."""
    descriptor = _locked_descriptor(path)
    try:
        yield
    finally:
        os.close(descriptor)


@contextmanager
def try_exclusive_lock(path: Path) -> Iterator[bool]:
    """Like `exclusive_lock`, but does not wait: False where another one holds it."""
    try:
        descriptor = _locked_descriptor(path, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        descriptor = None
    try:
        yield descriptor is not None
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _locked_descriptor(path: Path, how: int = fcntl.LOCK_EX) -> int:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, how)
            if _is_still(descriptor, path):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _is_still(descriptor: int, path: Path) -> bool:
    """False where the file was removed while we waited: its lock would exclude nobody."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
