"""What has to be true once nothing goes wrong any more."""

from __future__ import annotations

from collections.abc import Sequence

from rushes.search.documents import build_documents
from rushes.search.sync import failures
from rushes.search.sync.purge import purge
from rushes.search.sync.reconcile import reconcile
from tests.integration.search.changes.changing_library import ChangingLibrary
from tests.integration.search.changes.publishing import SteppedWorker
from tests.integration.search.changes.reading_laws import LawBrokenError, Readers

_ROUNDS = 20
_PURGES = 6
_UNTIL_KNOWN, _UNTIL_MATURE = 1_000.0, 50 * 3600.0
_LEFT = """
select (select count(*) from search_sync_queue), (select count(*) from search_sync_claims),
    (select count(*) from search_revs where state = 'pending'),
    (select count(*) from search_ledger where pending_rev is not null),
    (select count(*) from search_sync_failures)
"""
_RETIRED = "select count(*) from search_revs where state = 'retired'"
_PUBLISHED = "select index_name, asset_id, doc_count from search_revs where state = 'live'"


def settle_everything(
    library: ChangingLibrary, workers: Sequence[SteppedWorker], readers: Readers
) -> None:
    """Drain, reconcile, purge; then the index is Postgres, and nothing is left over."""
    library.model.is_slow = False
    library.model.advance(_UNTIL_KNOWN)
    if library.rows("select 1 from search_sync_failures where is_dead limit 1"):
        with library.database.engine.begin() as connection:
            failures.retry_dead(connection)
    _drain(library, workers)
    if readers.late:
        reconcile(library.database.engine, library.client, library.clock.now())
        _drain(library, workers)
    library.model.advance(_UNTIL_KNOWN)
    _purge(library)
    readers.read()
    _check_index(library)


def _drain(library: ChangingLibrary, workers: Sequence[SteppedWorker]) -> None:
    for _ in range(_ROUNDS):
        (left,) = library.rows(_LEFT)
        busy = [worker for worker in workers if worker.is_busy]
        if not any(left) and not busy:
            return
        for worker in busy or workers[:1]:
            worker.step("settle")
        library.model.advance(7 if busy else 1)
    raise LawBrokenError(f"it does not end: queue, claims, pending, of ledger, failures {left}")


def _purge(library: ChangingLibrary) -> None:
    for _ in range(_PURGES):
        if not library.rows(_RETIRED)[0][0]:
            return
        library.model.advance(_UNTIL_KNOWN)
        purge(library.database.engine, library.client, library.clock.now())
        library.model.advance(_UNTIL_MATURE)
    raise LawBrokenError("a retired rev is never purged")


def _check_index(library: ChangingLibrary) -> None:
    """Each index holds the documents of its films, and no other."""
    found = {
        (index, each["doc_id"]): {
            name: value for name, value in each.items() if name not in ("rev", "generation")
        }
        for index, model in library.model.by_id.items()
        for each in model.documents
    }
    published = sum(model.stats.num_docs for model in library.model.by_id.values())
    if published != len(found):
        raise LawBrokenError("an index holds a document twice")
    policy = dict(library.rows("select library_slug, active_index_name from library_model_policy"))
    with library.database.engine.connect() as connection:
        films = sorted({*library.history})
        documents = build_documents(connection, films)
    wanted = {
        (policy[document.fields["library_slug"]], document.doc_id): document.fields
        for each in documents.values()
        for document in each
    }
    if found != wanted:
        raise LawBrokenError("an index is not what Postgres holds")
    newest = {version for each in library.films.values() for version in each.documents}
    if {doc_id for _, doc_id in found} != {version[0] for version in newest}:
        raise LawBrokenError("Postgres does not hold what it should")
