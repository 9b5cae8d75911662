"""Which Postgres a generation belongs to."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from rushes.db.reading import kept

_HERE = Path(__file__).parent
_UNKNOWN: Final = "unknown"


def database_identity(connection: Connection) -> str:
    """Cluster, timeline, database and its sequence of changes: another one after a restore.

    `seq` of two databases of one identity mean the same changes, so a generation of one fits.
    """
    (may,) = kept(_HERE, "control_is_readable").rows(connection, {})
    cluster = _UNKNOWN
    if may.is_readable:
        (control,) = kept(_HERE, "cluster").rows(connection, {})
        cluster = control.identifier
    (row,) = kept(_HERE, "database").rows(connection, {})
    return "-".join((cluster, row.timeline, row.database, row.sequence))


def last_seq(connection: Connection) -> int:
    """The highest number that was given to a change of any space, 0 before the first."""
    (row,) = kept(_HERE, "last_seq").rows(connection, {})
    return int(row.seq)
