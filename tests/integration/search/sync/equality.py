"""Whether the index holds exactly what Postgres says, seen from the index itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, text

from rushes.db.reading import reading
from rushes.search.documents import build_documents
from rushes.search.quickwit.client import QuickwitClient
from rushes.search.sync.draining import DrainLimits, drain
from rushes.search.sync.purge import purge

_ALL = 10_000


def sync(engine: Engine, client: QuickwitClient) -> None:
    """Until nothing waits."""
    for _ in drain(engine, client, DrainLimits(away=20.0)):
        pass


def purge_all(engine: Engine, client: QuickwitClient) -> None:
    """As if a day had gone by; twice, since what is asked for now is seen the next time."""
    for days in (1, 2):
        purge(engine, client, datetime.now(UTC) + timedelta(days=days))
        _wait_for_commit(engine, client)
    purge(engine, client, datetime.now(UTC) + timedelta(days=3))


def _wait_for_commit(engine: Engine, client: QuickwitClient) -> None:
    """Delete tasks are applied with the next commit."""
    for index in _indexes(engine):
        client.ingest(
            index,
            [b'{"doc_id":"x","asset_id":"x","rev":0,"start_ms":0,"end_ms":1}'],
            commit="force",
        )


def difference(engine: Engine, client: QuickwitClient) -> set[tuple[str, str]]:
    """(film, document) that only one of the two has, among all that the index holds."""
    with reading(engine) as connection:
        ids = list(connection.execute(text("select asset_id from asset")).scalars())
        wanted = {
            (asset_id, each.doc_id)
            for asset_id, documents in build_documents(connection, ids).items()
            for each in documents
        }
    (index,) = _indexes(engine)
    answer = client.search([index], query="rev:[1 TO *]", search_fields=["doc_id"], max_hits=_ALL)
    assert answer.num_hits == len(answer.hits)
    found = [(hit["asset_id"], hit["doc_id"]) for hit in answer.hits]
    assert len(found) == len(set(found)), "a document is there twice"
    return wanted ^ set(found)


def leftovers(engine: Engine) -> dict[str, int]:
    """What should be nothing once all has settled; only what is not nothing."""
    counts = {
        "queue": "select count(*) from search_sync_queue",
        "claims": "select count(*) from search_sync_claims",
        "failures": "select count(*) from search_sync_failures",
        "pending": "select count(*) from search_revs where state = 'pending'",
        "retired": "select count(*) from search_revs where state = 'retired'",
    }
    with engine.connect() as connection:
        found = {
            name: connection.execute(text(query)).scalar_one() for name, query in counts.items()
        }
    return {name: count for name, count in found.items() if count}


def _indexes(engine: Engine) -> list[str]:
    """Those that answer; a kill may leave one that was never used."""
    with engine.connect() as connection:
        query = text("select name from index_generation where state = 'active'")
        return list(connection.execute(query).scalars())
