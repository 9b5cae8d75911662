"""One search over one or several indexes."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tantivy import DocAddress, Query

from quickwit.node.engine import SearchAnswer, SearchRequest
from quickwit.node.mapping.schema import HIT, SEQUENCE
from quickwit.node.messages import BadRequestError
from quickwit.node.query_tree.building import Built
from quickwit.node.storage import aggregations, ranking
from quickwit.node.storage.index import StoredIndex
from quickwit.node.storage.snapshot import Snapshot
from quickwit.node.storage.snippets import Snippets, check_snippet_fields

_COUNT = "_matches"


@dataclass(frozen=True, slots=True)
class _Part:
    """What one index gives to an answer."""

    snapshot: Snapshot
    query: Query
    ranked: Sequence[ranking.Ranked]
    num_hits: int
    aggregations: Mapping[str, Any] | None


def search(indexes: Sequence[StoredIndex], request: SearchRequest) -> SearchAnswer:
    """Search indexes as if they were one. `BadRequestError` where one of them lacks a field."""
    limit = request.start_offset + request.max_hits
    try:
        parts = [_search_one(index, request, limit, len(indexes) == 1) for index in indexes]
    except ValueError as error:
        raise BadRequestError(f"invalid query: {error}") from error
    page = _page(parts, request)
    hits = [_stored(parts[place].snapshot, address) for place, address in page]
    return SearchAnswer(
        num_hits=sum(part.num_hits for part in parts),
        hits=hits,
        snippets=_snippets(parts, page, hits, request.snippet_fields),
        aggregations=_aggregations(parts, request),
    )


def _search_one(index: StoredIndex, request: SearchRequest, limit: int, is_one: bool) -> _Part:
    by = ranking.columns(request.sort, index.fields)
    check_snippet_fields(request.snippet_fields, index.fields)
    built = index.queries.build(request.query, request.search_fields)
    snapshot, asked = index.snapshot, request.aggregations
    if asked is None and request.max_hits and not built.without:
        ranked, matches = ranking.best(snapshot, built.positive, by, limit, count=True)
        return _Part(snapshot, built.positive, ranked, matches, None)
    ranked, query = _ranked(snapshot, built, by, limit if request.max_hits else 0)
    if asked is None:
        return _Part(snapshot, query, ranked, ranking.count_matches(snapshot, query), None)
    # The aggregation counts the matches too, so that the search for hits may skip documents.
    wanted = dict(aggregations.prepared(asked, index.metadata.config.fields, is_one))
    found = snapshot.searcher.aggregate(query, {**wanted, _COUNT: _value_count(SEQUENCE)})
    return _Part(snapshot, query, ranked, int(found.pop(_COUNT)["value"]), found)


def _ranked(
    snapshot: Snapshot, built: Built, by: tuple[ranking.Column, ...], limit: int
) -> tuple[list[ranking.Ranked], Query]:
    """The best hits, and a query that finds the same documents."""
    if not limit:
        return [], built.query
    if built.without:
        return ranking.best_without(snapshot, built, by, limit)
    return ranking.best(snapshot, built.positive, by, limit, count=False)[0], built.positive


def _value_count(column: str) -> dict[str, Any]:
    return {"value_count": {"field": column}}


def _page(parts: Sequence[_Part], request: SearchRequest) -> list[tuple[int, DocAddress]]:
    """(place of the index, address) of each hit of the page."""
    start, end = request.start_offset, request.start_offset + request.max_hits
    if len(parts) == 1:
        return [(0, address) for _, address in parts[0].ranked[start:end]]
    streams = [
        [(key, place, address) for key, address in part.ranked] for place, part in enumerate(parts)
    ]
    ordered = list(heapq.merge(*streams, key=lambda one: one[:2]))
    return [(place, address) for _, place, address in ordered[start:end]]


def _stored(snapshot: Snapshot, address: DocAddress) -> bytes:
    hit = snapshot.searcher.doc(address).get_first(HIT)
    assert isinstance(hit, bytes)
    return hit


def _snippets(
    parts: Sequence[_Part],
    page: Sequence[tuple[int, DocAddress]],
    hits: Sequence[bytes],
    names: Sequence[str],
) -> list[dict[str, list[str]]] | None:
    if not names:
        return None
    makers = [Snippets(part.snapshot, part.query, names) for part in parts]
    return [makers[place].of(hit) for (place, _), hit in zip(page, hits, strict=True)]


def _aggregations(parts: Sequence[_Part], request: SearchRequest) -> Mapping[str, Any] | None:
    if request.aggregations is None:
        return None
    found = [part.aggregations for part in parts if part.aggregations is not None]
    if len(found) == 1:
        return found[0]
    return aggregations.merged(request.aggregations, found)
