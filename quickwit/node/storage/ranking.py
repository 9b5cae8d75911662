"""The best hits of one index, in a total order that can be merged with another's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tantivy import DocAddress, Occur, Order, Query, SearchResult

from quickwit.node.engine import SortKey
from quickwit.node.mapping.schema import SEQUENCE
from quickwit.node.messages import BadRequestError
from quickwit.node.query_tree.building import Built, NumberSet
from quickwit.node.query_tree.fields import SearchableFields
from quickwit.node.storage.snapshot import Snapshot

SCORE = "_score"
MIN_CHECKED_HITS = 300
MAX_CHECKED_HITS = 2_000
MORE_HITS = 20

Ranked = tuple[tuple[Any, ...], DocAddress]


@dataclass(frozen=True, slots=True)
class Column:
    """A sort key as the engine knows it."""

    path: str
    is_descending: bool

    def rank(self, value: float | None) -> tuple[int, float]:
        """A key that sorts ascending: best first, documents without a value last."""
        if value is None:
            return (1, 0)
        return (0, -value if self.is_descending else value)


def columns(sort: Sequence[SortKey], fields: SearchableFields) -> tuple[Column, ...]:
    """Sort keys checked. `BadRequestError` for what is not fast, is text or has several values."""
    return tuple(_column(key, fields) for key in sort) or (Column(SEQUENCE, True),)


def _column(key: SortKey, fields: SearchableFields) -> Column:
    if key.name == SCORE:
        return Column(SCORE, key.is_descending)
    if key.name == SEQUENCE:
        raise BadRequestError(f"invalid sort_by: field does not exist: `{key.name}`")
    found = fields.fast(key.name)
    if found.field.type in ("text", "json") or found.field.is_array:
        raise BadRequestError(
            f"invalid sort_by: `{key.name}` is no single number, boolean or datetime"
        )
    return Column(found.path, key.is_descending)


def count_matches(snapshot: Snapshot, query: Query) -> int:
    """How many documents match."""
    return _matches(snapshot.searcher.search(query, 1, order_by_field=SEQUENCE))


def best(
    snapshot: Snapshot, query: Query, by: tuple[Column, ...], limit: int, count: bool
) -> tuple[list[Ranked], int]:
    """The best `limit` hits with their keys, and how many match (0 where not counted)."""
    first = by[0]
    if first.path == SCORE and not first.is_descending:
        raise BadRequestError("invalid sort_by: `-_score` is not served")
    if first.path in (SCORE, SEQUENCE) or snapshot.is_full(first.path):
        return _best_of_full(snapshot, query, by, limit, count)
    exists = Query.exists_query(first.path)
    present = Query.boolean_query([(Occur.Must, query), (Occur.Must, exists)])
    found, _ = _best_of_full(snapshot, present, by, limit, False)
    if len(found) < limit:
        absent = Query.boolean_query([(Occur.Must, query), (Occur.MustNot, exists)])
        rest, _ = _best_of_full(snapshot, absent, (*by[1:], _newest()), limit - len(found), False)
        found += [((first.rank(None), *key), address) for key, address in rest]
    return found, count_matches(snapshot, query) if count else 0


def best_without(
    snapshot: Snapshot, built: Built, by: tuple[Column, ...], limit: int
) -> tuple[list[Ranked], Query]:
    """The best `limit` hits, and a query of the same matches that is cheaper to count where few.

    What is taken away is checked on the best hits instead of on all. Where these are all there
    are, only the numbers met are still to be taken away.
    """
    size = max(MIN_CHECKED_HITS, limit + limit // 2)
    while size <= MAX_CHECKED_HITS:
        ranked, _ = best(snapshot, built.positive, by, size, count=False)
        is_whole = len(ranked) < size
        met = []
        for taken in built.without:
            ranked, numbers = _checked(snapshot, ranked, taken)
            if numbers:
                met.append(Query.term_set_query(snapshot.schema, taken.path, numbers))
        if is_whole:
            return ranked[:limit], built.minus(met)
        if len(ranked) >= limit:
            return ranked[:limit], built.query
        size *= 4
    return best(snapshot, built.query, by, limit, count=False)[0], built.query


def _checked(
    snapshot: Snapshot, ranked: list[Ranked], taken: NumberSet
) -> tuple[list[Ranked], list[int]]:
    """The hits whose number is not in the set, and which of its numbers were met."""
    addresses = [address for _, address in ranked]
    values = snapshot.searcher.fast_field_values(taken.path, addresses)
    kept = [hit for hit, value in zip(ranked, values, strict=True) if value not in taken.numbers]
    return kept, [int(one) for one in taken.numbers.intersection(values) if one is not None]


def _newest() -> Column:
    return Column(SEQUENCE, True)


def _best_of_full(
    snapshot: Snapshot, query: Query, by: tuple[Column, ...], limit: int, count: bool
) -> tuple[list[Ranked], int]:
    """`best` where every match has a value for the first key.

    Hits that are equal to the last one by the first key have all to be fetched before the second
    can order them. A few more than the limit show that there are no more of these.
    """
    size = limit if len(by) == 1 else limit + MORE_HITS
    while True:
        hits, matches = _top(snapshot, query, by[0], size, count)
        if len(by) == 1 or len(hits) < size or hits[limit - 1][0] != hits[-1][0]:
            break
        size = min(size * 4, snapshot.num_docs + 1)
    return _ordered(snapshot, _without_worse(hits, limit), by)[:limit], matches


def _without_worse(hits: list[tuple[Any, DocAddress]], limit: int) -> list[tuple[Any, DocAddress]]:
    """The hits of a limit, and those that are equal to the last of them by the first key."""
    end = limit
    while end < len(hits) and hits[end][0] == hits[limit - 1][0]:
        end += 1
    return hits[:end]


def _top(
    snapshot: Snapshot, query: Query, first: Column, size: int, count: bool
) -> tuple[list[tuple[Any, DocAddress]], int]:
    search = snapshot.searcher.search
    if first.path == SCORE:
        found = search(query, size, count=count)
    else:
        order = Order.Desc if first.is_descending else Order.Asc
        found = search(query, size, count=count, order_by_field=first.path, order=order)
    return found.hits, _matches(found) if count else 0


def _matches(found: SearchResult) -> int:
    return int(found.count)  # type: ignore[attr-defined]  # left out of the stubs


def _ordered(
    snapshot: Snapshot, hits: list[tuple[Any, DocAddress]], by: tuple[Column, ...]
) -> list[Ranked]:
    if len(by) == 1:
        rank = by[0].rank
        return [((rank(value),), address) for value, address in hits]
    addresses = [address for _, address in hits]
    more = [_values(snapshot, column, hits, addresses) for column in by[1:]]
    keyed = [
        ((by[0].rank(value), *(c.rank(v) for c, v in zip(by[1:], values, strict=True))), address)
        for (value, address), *values in zip(hits, *more, strict=True)
    ]
    return sorted(keyed, key=lambda ranked: ranked[0])


def _values(
    snapshot: Snapshot, column: Column, hits: list[Any], addresses: list[DocAddress]
) -> list[Any]:
    if column.path == SCORE:
        raise BadRequestError("invalid sort_by: `_score` is served as the first key alone")
    return snapshot.searcher.fast_field_values(column.path, addresses)
