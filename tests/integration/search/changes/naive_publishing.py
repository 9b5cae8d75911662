"""The protocol that everybody writes first: delete by id, then post."""

from __future__ import annotations

from dataclasses import dataclass

from rushes.artifacts.runs import Worker
from rushes.search.documents import SearchDocument, build_documents
from rushes.search.quickwit.errors import QuickwitError
from rushes.search.sync.queue import Claim, SearchSyncQueueRepository
from tests.integration.search.changes.changing_library import ChangingLibrary

_ROWS, _FILMS = 1_000, 100
_REV = 1


@dataclass(slots=True)
class _NaiveBatch:
    claims: list[Claim]
    documents: dict[str, list[SearchDocument]]


class NaivePublisher:
    """Claims like the real one, so that it fails by what it does to the index and by that alone."""

    def __init__(self, library: ChangingLibrary, index: str) -> None:
        self._engine = library.database.engine
        self._client = library.client
        self._index = index
        self._worker = Worker(self._engine)
        self._queue = SearchSyncQueueRepository()

    @property
    def is_busy(self) -> bool:
        """Nothing is waited for."""
        return False

    def begin(self) -> _NaiveBatch | None:
        """Claim and read."""
        with self._engine.begin() as connection:
            self._queue.void_dead_claims(connection)
            claims = self._queue.claim(connection, self._worker.key, _ROWS, _FILMS)
            films = [claim.asset_id for claim in claims]
            return _NaiveBatch(claims, build_documents(connection, films)) if claims else None

    def send(self, batch: _NaiveBatch) -> None:
        """Delete what there is of the films, post what there should be, and be done.

        After an error it is done again.
        """
        try:
            self._delete_and_post(batch)
        except QuickwitError:
            with self._engine.begin() as connection:
                films = [claim.asset_id for claim in batch.claims]
                self._queue.release(connection, self._worker.key, films)
            raise
        with self._engine.begin() as connection:
            self._queue.finish(connection, self._worker.key, batch.claims)

    def _delete_and_post(self, batch: _NaiveBatch) -> None:
        for claim in batch.claims:
            self._client.create_delete_task(self._index, f'asset_id:"{claim.asset_id}"', ["doc_id"])
        lines = [
            document.line(_REV, self._index)
            for documents in batch.documents.values()
            for document in documents
        ]
        if lines:
            self._client.ingest(self._index, lines)

    def settle(self) -> None:
        """Nothing is waited for."""

    def close(self) -> None:
        """Give the lock back."""
        self._worker.close()
