"""A file that is there as a whole or not at all."""

from __future__ import annotations

import errno
import glob
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from rushes.documents.durable import sync_folder
from rushes.errors import StorageError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_LEFT_BEHIND_SECONDS = 3600
_FOR_THE_OWNER = 0o600
"""What was said in private films, and whose face is whose, is for one user alone."""


@contextmanager
def written_whole(target: Path) -> Iterator[BinaryIO]:
    """A stream to `target`, which appears, durable, when the block ends without an error.

    A file that stands there stays until then. StorageError `disk_full` or `storage` where the
    disk refuses.
    """
    _sweep(target)
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(8)}.tmp")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FOR_THE_OWNER)
        with os.fdopen(descriptor, "wb", buffering=1 << 20) as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise _refused(target, error) from error
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _sweep(target: Path) -> None:
    """Removes what writers of that file left behind who were killed."""
    old = time.time() - _LEFT_BEHIND_SECONDS
    for path in target.parent.glob(f".{glob.escape(target.name)}.*.tmp"):
        with suppress(OSError):  # another process may have been first
            if path.stat().st_mtime < old:
                path.unlink()


def _refused(target: Path, error: OSError) -> StorageError:
    if error.errno in _FULL:
        return StorageError(
            f"no space left for {str(target)!r}", code="disk_full", remedy="free some space there"
        )
    return StorageError(
        f"{str(target)!r} cannot be written: {error.strerror or error}",
        remedy="check the folder and the rights to it",
    )
