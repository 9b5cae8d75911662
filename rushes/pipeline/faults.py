"""Errors of other libraries as errors of ours, so that each has a code and a retryable flag."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

from psycopg.errors import DiskFull, ForeignKeyViolation
from sqlalchemy.exc import DBAPIError, OperationalError

from rushes.errors import AnalysisError, DatabaseError, NotFoundError, RushesError, StorageError

_FULL = {errno.ENOSPC, errno.EDQUOT}


def as_rushes_error(error: BaseException) -> RushesError:
    """`error` itself where it is one of ours; otherwise the nearest of ours, naming its cause."""
    if isinstance(error, RushesError):
        return error
    if isinstance(error, OSError) and error.errno in _FULL:
        return disk_full(error.filename)
    if isinstance(error, DBAPIError) and isinstance(error.orig, DiskFull):
        return disk_full("the database")
    if isinstance(error, DBAPIError) and _names_no_film(error.orig):
        return NotFoundError(
            "the film was deleted meanwhile; nothing of it was written", code="video_deleted"
        )
    if isinstance(error, OperationalError) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    ):
        return DatabaseError(f"Postgres could not be asked: {error.orig}")
    if isinstance(error, MemoryError):
        return AnalysisError("out of memory", code="out_of_memory", retryable=True)
    return AnalysisError(f"{type(error).__name__}: {error}", remedy="see the log, and report it")


def _names_no_film(cause: BaseException | None) -> bool:
    """Whether a row was refused since its film is no longer there."""
    return isinstance(cause, ForeignKeyViolation) and (cause.diag.constraint_name or "").endswith(
        "_asset_id"
    )


def require_free_space(folder: Path, bytes_needed: int) -> None:
    """StorageError `disk_full` before work starts that could not be written down.

    What is kept free is what the database needs to record the failure.
    """
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if shutil.disk_usage(existing).free < bytes_needed:
        raise disk_full(str(folder))


def disk_full(where: str | None) -> StorageError:
    """The disk under `where` has no room."""
    return StorageError(
        f"no space left on the disk{f' under {where}' if where else ''}",
        code="disk_full",
        remedy="free some space (`rushes cache prune` gives back the cache) and index again",
    )
