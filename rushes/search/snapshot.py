"""What a search rests on: read anew for each one, in a single statement."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from sqlalchemy import Connection

from rushes.db.reading import kept
from rushes.search.exclusions import Exclusions
from rushes.search.request import Filters

_HERE = Path(__file__).parent
_UNKNOWN = -1
"""No serial."""
_LATE_READS = 1000
"""So much smaller serials may be read by threads that were overtaken."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of the ledger at one serial, and what the filters mean.

    `indexes`: library -> the index that answers for it, None where there is none yet.
    `people`: name or id that a filter has -> the people that it means.
    `excluded`: what up to `max_rev` is not live and may be in an index.
    """

    serial: int
    max_rev: int
    indexes: dict[str, str | None]
    asset_ids: frozenset[str]
    people: dict[str, list[str]]
    excluded: Exclusions
    taken_at: float
    """Of `time.monotonic`, in s, from before it was read."""


class SnapshotReader:
    """Reads snapshots. What is excluded at a serial never changes, so that it is read once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._serial = _UNKNOWN
        self._excluded = Exclusions(())

    def read(self, connection: Connection, filters: Filters) -> Snapshot:
        """The present one. Only the exclusions are remembered, never who answers for whom."""
        taken_at = time.monotonic()
        with self._lock:
            known, excluded = self._serial, self._excluded
        values = {
            "asset_ids": list(filters.asset_ids),
            "people": list(filters.people),
            "known_serial": known,
        }
        (row,) = kept(_HERE, "snapshot").rows(connection, values)
        if row.excluded is not None:
            excluded = self._remember(row.serial, row.excluded)
        return Snapshot(
            serial=row.serial,
            max_rev=row.max_rev,
            indexes=row.libraries,
            asset_ids=frozenset(row.asset_ids),
            people=row.people,
            excluded=excluded,
            taken_at=taken_at,
        )

    def _remember(self, serial: int, revs: Sequence[int]) -> Exclusions:
        excluded = Exclusions(tuple(revs))
        with self._lock:
            # The greater one; a much smaller one is of a database that was brought back.
            if serial > self._serial or serial < self._serial - _LATE_READS:
                self._serial, self._excluded = serial, excluded
        return excluded
