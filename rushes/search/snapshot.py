"""What a search rests on: read anew for each one, in a single statement."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection

from rushes.db.reading import kept
from rushes.search.exclusions import Exclusions
from rushes.search.named_things import Named, asked_names, read_names
from rushes.search.query.lexemes import WordLexemes, word_lexemes
from rushes.search.request import Filters

_HERE = Path(__file__).parent
_UNKNOWN = -1
"""No serial."""
_LATE_READS = 1000
"""So much smaller serials may be read by threads that were overtaken."""
_Kept = TypeVar("_Kept")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of the ledger at one serial, and what the filters and words mean.

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
    lexemes: Mapping[str, WordLexemes]
    named: Named
    taken_at: float
    """Of `time.monotonic`, in s, from before it was read."""


@dataclass(frozen=True, slots=True)
class _AtSerial(Generic[_Kept]):
    """What was read at a serial."""

    serial: int
    value: _Kept

    def or_later(self, serial: int, value: _Kept) -> _AtSerial[_Kept]:
        """The greater one; a much smaller one is of a database that was brought back."""
        is_later = serial > self.serial or serial < self.serial - _LATE_READS
        return _AtSerial(serial, value) if is_later else self


@dataclass(frozen=True, slots=True)
class _Excluded:
    """What readers of these indexes leave out."""

    indexes: tuple[str, ...]
    revs: Exclusions


class SnapshotReader:
    """Reads snapshots. What is excluded of some indexes at a serial never changes: it is read once.

    Languages only come by being published, as far as an index answers: they are read once a
    serial too.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._excluded = _AtSerial(_UNKNOWN, _Excluded((), Exclusions(())))
        self._languages: _AtSerial[list[str]] = _AtSerial(_UNKNOWN, [])

    def read(
        self,
        connection: Connection,
        filters: Filters,
        words: Sequence[str] = (),
        *,
        named: Sequence[str] = (),
        in_full: bool = False,
    ) -> Snapshot:
        """The present one. Never remembered is who answers for whom.

        The lexemes are those of `words`; `named` are the words that names may have. `in_full`:
        with all languages that there are now, published or not.
        """
        taken_at = time.monotonic()
        with self._lock:
            known, languages = self._excluded, self._languages
        values = {
            "asset_ids": list(filters.asset_ids),
            "people": list(filters.people),
            "known_serial": known.serial,
            "known_indexes": list(known.value.indexes),
            "words": sorted(set(words)),
            "languages_serial": _UNKNOWN if in_full else languages.serial,
            "languages": languages.value,
            **asked_names(named),
        }
        (row,) = kept(_HERE, "snapshot").rows(connection, values)
        excluded = known.value
        if row.excluded is not None:
            indexes = tuple(sorted({each for each in row.libraries.values() if each}))
            excluded = _Excluded(indexes, Exclusions(tuple(row.excluded)))
        self._remember(row, excluded)
        return Snapshot(
            serial=row.serial,
            max_rev=row.max_rev,
            indexes=row.libraries,
            asset_ids=frozenset(row.asset_ids),
            people=row.people,
            excluded=excluded.revs,
            lexemes=word_lexemes(row.lexemes),
            named=read_names(connection, named, row),
            taken_at=taken_at,
        )

    def _remember(self, row: Any, excluded: _Excluded) -> None:
        with self._lock:
            if row.excluded is not None:
                self._excluded = self._excluded.or_later(row.serial, excluded)
            if row.languages is not None:
                self._languages = self._languages.or_later(row.serial, row.languages)
