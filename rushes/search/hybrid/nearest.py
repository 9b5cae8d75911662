"""The scenes nearest in meaning that the filters let through, as Postgres knows them now."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine

from rushes.db.reading import kept
from rushes.search.documents import SearchDocument, build_documents
from rushes.search.film_filters import allowed_films
from rushes.search.hybrid.meant import Meant
from rushes.search.hybrid.walking import AskedSpace, Walk, parts_of_all
from rushes.search.postgres_search import one_state
from rushes.search.query.matching import DocumentView, matches
from rushes.search.query.tree import Node
from rushes.search.request import Filters

_HERE: Final = Path(__file__).parent


def nearest_scenes(
    engine: Engine,
    spaces: Sequence[AskedSpace],
    allowed: Node,
    filters: Filters,
    sources: Sequence[str] | None,
    wanted: int,
) -> Meant:
    """At least `wanted` scenes of each space that match `allowed`, if there are so many.

    `filters`: those of the question, with the ids of people; `sources`: None for all, or the
    windows of which texts. A look at all spaces is two statements: whose the nearest vectors are,
    and the documents of scenes that no look met before.
    """
    with one_state(engine) as connection:
        runs = _runs_of_some(connection, filters)
        walks = [Walk(each, runs) for each in spaces]
        documents: dict[str, SearchDocument | None] = {}
        while walking := [each for each in walks if each.goes_on(wanted)]:
            _look_further(connection, walking, allowed, sources, documents)
    ranked = {near.doc_id for walk in walks for near in walk.ranking}
    return Meant(
        rankings={walk.key: walk.ranking for walk in walks},
        documents={id_: found for id_, found in documents.items() if found and id_ in ranked},
        is_complete=all(walk.is_complete for walk in walks),
    )


def _look_further(
    connection: Connection,
    walks: Sequence[Walk],
    allowed: Node,
    sources: Sequence[str] | None,
    documents: dict[str, SearchDocument | None],
) -> None:
    """`documents` are those known so far, None for one that there is not or that is not allowed."""
    ids = list(dict.fromkeys(id_ for walk in walks for id_ in walk.look()))
    values = {"embedding_ids": ids, "sources": None if sources is None else list(sources)}
    found = kept(_HERE, "meant_parts").rows(connection, values) if ids else ()
    parts = parts_of_all(walks, {row.embedding_id: row for row in found})
    new = [part for part in parts if part[1] not in documents]
    documents.update(dict.fromkeys(doc_id for _, doc_id in new))
    if new:
        films = list(dict.fromkeys(asset_id for asset_id, _ in new))
        built = build_documents(connection, films, [doc_id for _, doc_id in new])
        for document in (each for of_film in built.values() for each in of_film):
            if matches(allowed, DocumentView.of(document)):
                documents[document.doc_id] = document
    passing = {doc_id: document for doc_id, document in documents.items() if document}
    for walk in walks:
        walk.rank(passing)
    if poor := [walk for walk in walks if walk.needs_runs]:
        runs = _runs(connection, None)
        for walk in poor:
            walk.narrow(runs)


def _runs_of_some(connection: Connection, filters: Filters) -> list[str] | None:
    """What is to be searched where the filters leave only some films; None: everything."""
    films = allowed_films(connection, filters)
    return None if films is None else _runs(connection, films)


def _runs(connection: Connection, films: Sequence[str] | None) -> list[str]:
    """Those that answer, of these films or of all."""
    rows = kept(_HERE, "embedding_runs").rows(connection, {"films": films})
    return [row.run_id for row in rows]
