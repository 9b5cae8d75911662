"""Search in Postgres alone: the very documents of the index, built for few scenes and evaluated.

It answers where there is no index yet and while the engine is down. Scenes that may match are found
by the rows of their texts; where these are too many, the answer rests on some of them and says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Engine, text

from rushes.search.candidates import MOST_PARTS, candidates
from rushes.search.documents import SearchDocument, build_documents
from rushes.search.facets import recount
from rushes.search.film_filters import allowed_films
from rushes.search.found import Found, FoundScene, Question
from rushes.search.query.matching import DocumentView, matches, score
from rushes.search.request import Filters, Sort

_FOR_THIS: Final = text(
    "select set_config('plan_cache_mode', 'force_custom_plan', true),"
    " set_config('jit', 'off', true)"
)


class PostgresSearch:
    """Finds scenes as the index does."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(self, question: Question, filters: Filters) -> Found:
        """One page. `filters`: those of the question, with the ids of people.

        Exact where at most MOST_PARTS scenes may match; otherwise the totals are the least.
        """
        # An order of time can be paged through as deep as somebody goes.
        most = max(MOST_PARTS, question.offset + question.limit)
        with one_state(self._engine) as connection:
            chosen = candidates(
                connection,
                question.node,
                allowed_films(connection, filters),
                newest=question.sort is Sort.NEWEST,
                most=most if question.in_time else MOST_PARTS,
            )
            documents = _documents(connection, chosen.parts)
        return _found(question, documents, chosen.is_capped)


@contextmanager
def one_state(engine: Engine) -> Iterator[Connection]:
    """All statements see the same; each is planned for what it asks for.

    A plan that is made for any question compares lists of films one by one.
    """
    with engine.connect() as connection:
        state = connection.execution_options(isolation_level="REPEATABLE READ")
        with state.begin():
            state.execute(_FOR_THIS)
            yield state


def _documents(connection: Connection, parts: Sequence[tuple[str, str]]) -> list[SearchDocument]:
    if not parts:
        return []
    asset_ids = list(dict.fromkeys(asset_id for asset_id, _ in parts))
    built = build_documents(connection, asset_ids, [part for _, part in parts])
    return [document for of_film in built.values() for document in of_film]


def _found(question: Question, documents: Sequence[SearchDocument], is_capped: bool) -> Found:
    node = question.node
    views = [(document, DocumentView.of(document)) for document in documents]
    matching = [(document, view) for document, view in views if matches(node, view)]
    ordered = sorted(matching, key=lambda pair: _order(question, *pair))
    page = ordered[question.offset : question.offset + question.limit]
    return Found(
        total=len(matching),
        scenes=[FoundScene.of(document.fields) for document, _ in page],
        facets=recount((document for document, _ in matching), question.facets),
        is_approximate=is_capped,
    )


def _order(question: Question, document: SearchDocument, view: DocumentView) -> tuple[Any, ...]:
    timeline, doc_id = document.fields["timeline"], document.doc_id
    if question.sort is Sort.NEWEST:
        return (-timeline, doc_id)
    if question.sort is Sort.OLDEST or question.in_time:
        return (timeline, doc_id)
    return (-score(question.wanted, view), timeline, doc_id)
