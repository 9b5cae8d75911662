"""The same events and the same laws, for delete-then-post with hits taken as they are."""

from __future__ import annotations

from rushes.search.found import Found, FoundScene
from tests.integration.search.changes.changing_library import INDEXES
from tests.integration.search.changes.naive_publishing import NaivePublisher
from tests.integration.search.changes.publishing import Publisher
from tests.integration.search.changes.reading_laws import FACETS, Readers, Reading
from tests.integration.search.changes.sync_machine import SyncMachine


class NaiveReaders(Readers):
    """They ask the one index for everything and know of no ledger."""

    def find(self, reading: Reading) -> Found:
        """Counted by hand: that counts may be wrong is not what is shown here."""
        wanted = f"transcript:{reading.word}" if reading.word else "rev:[1 TO *]"
        aggregations = {
            "library": {"terms": {"field": "library_slug"}},
            "is_favorite": {"terms": {"field": "is_favorite"}},
        }
        answer = self.library.client.search(
            INDEXES[:1], query=wanted, search_fields=["doc_id"], max_hits=1000, aggs=aggregations
        )
        scenes = [
            FoundScene(hit["doc_id"], hit["asset_id"], None, None, 0, 0, (), hit["rev"])
            for hit in answer.hits
        ]
        facets = {
            name: [
                (str(each.get("key_as_string", each["key"])), each["doc_count"])
                for each in answer.aggregations[name]["buckets"]
            ]
            for name in FACETS
        }
        return Found(answer.num_hits, scenes, facets)

    def accepted(self, reading: Reading, hits: list[tuple[int, str]]) -> set[int]:
        """All."""
        return {rev for rev, _ in hits}

    def check_ledger(self, reading: Reading, hits: list[tuple[int, str]]) -> None:
        """There is none."""


class NaiveMachine(SyncMachine):
    """Who publishes and who reads are others, there is no ledger, and nothing is doubled."""

    def make_publisher(self) -> Publisher:
        """One that deletes, then posts."""
        return NaivePublisher(self.library, INDEXES[0])

    def make_readers(self) -> Readers:
        """Those that trust the engine."""
        return NaiveReaders(self.library)

    def do_purge(self) -> None:
        """There are no revs."""

    def do_reconcile(self) -> None:
        """There is no ledger."""

    def do_bring_again(self, place: int) -> None:
        """It would break at once."""
