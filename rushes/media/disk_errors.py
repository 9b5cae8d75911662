"""What a refused write into the cache means."""

from __future__ import annotations

import errno
from pathlib import Path

from rushes.errors import StorageError

DISK_FULL_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def storage_error(error: OSError, folder: Path) -> StorageError:
    """The error for a write into `folder` that failed: `disk_full` or `storage`."""
    if error.errno in DISK_FULL_ERRORS:
        return disk_full(folder)
    return StorageError(
        f"The cache '{folder}' cannot be written: {error.strerror or error}.",
        code="storage",
        remedy="check the folder's permissions",
    )


def disk_full(folder: Path) -> StorageError:
    """The disk of `folder` has no room left."""
    return StorageError(
        f"The disk that holds '{folder}' is full.",
        code="disk_full",
        remedy="free space there, run 'rushes cache prune', or lower RUSHES_CACHE_BUDGET_BYTES",
    )
