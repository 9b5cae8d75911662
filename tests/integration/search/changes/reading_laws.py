"""A reader in its steps, and what has to hold of every answer."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from rushes.search.facets import FIELD_OF_FACET
from rushes.search.found import Found, Question
from rushes.search.query.tree import All, Node, Phrase, Scope
from rushes.search.quickwit_repository import QuickwitSearchRepository
from rushes.search.request import Filters, Sort
from rushes.search.snapshot import Snapshot, SnapshotReader
from rushes.search.sync.limits import READER_SECONDS
from tests.integration.search.changes.changing_library import ChangingLibrary

FACETS = ("library", "is_favorite")
_MOST = 1_000
_NUMBER = re.compile(r"\bv(\d+)\b")
_LIVE = "select rev, index_name, doc_count from search_revs where state = 'live'"
_LIVE_AT = """
select rev from search_revs
where rev = any(%s) and live_from <= %s and (live_to is null or live_to > %s)
"""


class LawBrokenError(AssertionError):
    """An answer that must not be."""


@dataclass(slots=True)
class Reading:
    """One reader on its way. `live`: (rev, index, documents) in the ledger at its serial."""

    snapshot: Snapshot
    word: str | None
    began: float
    live: list[tuple[int, str, int]]
    born: dict[str, int]
    """The films that are there, each with the version that it was made with."""
    expected: set[str]
    """Those of them that were found before."""
    answer: Found | None = None
    published: dict[tuple[int, str], dict[str, Any]] = field(default_factory=dict)
    is_excused: bool = False


class Readers:
    """Reads by the protocol, and checks.

    `late`: revs of which the engine brought documents again after they counted. Until
    reconciliation has repaired them counts may be wrong, but no film is missing or old.
    """

    def __init__(self, library: ChangingLibrary) -> None:
        self.library = library
        self.late: set[int] = set()
        self.completed = 0
        self._snapshots = SnapshotReader()
        self._seen: dict[str, int] = {}
        self._newest: dict[str, tuple[float, int]] = {}

    def begin(self, word: str | None = None) -> Reading:
        """Take the snapshot."""
        library = self.library
        snapshot = self._snapshots.read(library.database.reading, Filters())
        born = dict(library.born)
        expected = {film for film, birth in self._seen.items() if born.get(film) == birth}
        return Reading(snapshot, word, library.clock.seconds, self._live(), born, expected)

    def _live(self) -> list[tuple[int, str, int]]:
        return self.library.rows(_LIVE)

    def search(self, reading: Reading) -> None:
        """Ask the engine."""
        reading.answer = self.find(reading)
        reading.published = {
            (each["rev"], each["doc_id"]): dict(each)
            for index in self.library.model.by_id.values()
            for each in index.documents
        }
        counting = {rev for rev, _ in reading.published} - {*reading.snapshot.excluded.revs}
        reading.is_excused = not counting.isdisjoint(self.late)

    def find(self, reading: Reading) -> Found:
        """What the engine says."""
        wanted: Node = Phrase((reading.word,), Scope.TRANSCRIPT) if reading.word else All(())
        question = Question(wanted, All(()), Sort.OLDEST, _MOST, 0, FACETS)
        snapshot = reading.snapshot
        return QuickwitSearchRepository(self.library.client).find(
            question, snapshot, sorted(snapshot.indexes)
        )

    def finish(self, reading: Reading) -> bool:
        """Accept the hits and check them. False where it took too long and is dropped."""
        if self.library.clock.seconds - reading.began > READER_SECONDS:
            return False
        assert reading.answer
        hits = [(each.rev or 0, each.doc_id) for each in reading.answer.scenes]
        accepted = self.accepted(reading, hits)
        if reading.is_excused:
            hits = sorted({each for each in hits if each[0] in accepted})
        else:
            self._check_counts(reading, hits)
            self._require(all(rev in accepted for rev, _ in hits), "a hit that does not count")
        self._check_films(reading, hits)
        self.check_ledger(reading, hits)
        self.completed += 1
        return True

    def read(self, word: str | None = None) -> None:
        """All of it at once."""
        reading = self.begin(word)
        self.search(reading)
        self.finish(reading)

    def accepted(self, reading: Reading, hits: list[tuple[int, str]]) -> set[int]:
        """The revs among the hits that were live at the serial."""
        serial = reading.snapshot.serial
        revs = sorted({rev for rev, _ in hits})
        return (
            {row[0] for row in self.library.rows(_LIVE_AT, revs, serial, serial)} if revs else set()
        )

    def _check_counts(self, reading: Reading, hits: list[tuple[int, str]]) -> None:
        """num_hits and every facet are a recount of the hits, and none is there twice."""
        assert reading.answer
        self._require(len(set(hits)) == len(hits), "a document is found twice")
        self._require(reading.answer.total == len(hits), "num_hits is not that of the hits")
        for name in FACETS:
            recount = Counter(
                str(reading.published[hit][FIELD_OF_FACET[name]]).lower() for hit in hits
            )
            facet = dict(reading.answer.facets[name])
            self._require(facet == recount, f"the facet {name} is not that of the hits")

    def check_ledger(self, reading: Reading, hits: list[tuple[int, str]]) -> None:
        """Found is what was live at the serial in the index that answers, all of it, no more."""
        answering = reading.snapshot.indexes
        held = Counter((each["rev"], each["generation"]) for each in reading.published.values())
        live = {(rev, index) for rev, index, _ in reading.live}
        self._require(
            all(held[rev, index] == documents for rev, index, documents in reading.live),
            "what was live at the serial is not in the index",
        )
        expected = {
            key
            for key, each in reading.published.items()
            if (each["rev"], each["generation"]) in live
            and answering[each["library_slug"]] == each["generation"]
            and (not reading.word or reading.word in each.get("transcript", ()))
        }
        self._require(expected == {*hits}, "found is not what was live at the serial")

    def _check_films(self, reading: Reading, hits: list[tuple[int, str]]) -> None:
        """A film is found in exactly one of its versions, whole, and never in one that is older."""
        found: dict[str, list[dict[str, Any]]] = {}
        for hit in hits:
            document = reading.published[hit]
            found.setdefault(document["asset_id"], []).append(document)
        for asset_id, documents in found.items():
            self._check_film(reading, asset_id, documents)
        if reading.word is None:
            missing = {
                film
                for film in reading.expected
                if film not in found and self.library.born.get(film) == reading.born[film]
            }
            self._require(not missing, "a film that was there before and after is not found")

    def _check_film(self, reading: Reading, asset_id: str, documents: list[dict[str, Any]]) -> None:
        numbers = {int(_NUMBER.findall(each["path_words"][0])[0]) for each in documents}
        self._require(len(numbers) == 1, "a film is found in two versions")
        (number,) = numbers
        version = self.library.history.get(asset_id, {}).get(number)
        if version is None:
            raise LawBrokenError("a film is found as it never was")
        wanted = {
            each for each in version.documents if reading.word is None or each[3] == reading.word
        }
        texts = [
            (
                each["doc_id"],
                each["library_slug"],
                each["is_favorite"],
                *each.get("transcript", [""]),
            )
            for each in documents
        ]
        self._require(sorted(texts) == sorted(wanted), "a version is not found as a whole")
        serial = reading.snapshot.serial
        newest = self._newest.get(asset_id)
        if newest is not None and serial >= newest[0]:
            self._require(number >= newest[1], "a film is found in an older version than before")
        if newest is None or serial >= newest[0]:
            self._newest[asset_id] = (serial, number)
        if number >= reading.born.get(asset_id, number + 1):
            self._seen[asset_id] = reading.born[asset_id]

    def _require(self, holds: bool, message: str) -> None:
        if not holds:
            raise LawBrokenError(message)
