"""Hits, order and counts over the published documents of one index or several."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from quickwit.node.engine import SearchAnswer, SearchRequest, SortKey
from quickwit.node.mapping.config import IndexConfig
from quickwit.node.messages import BadRequestError, NotServedError
from tests.quickwit_model.matching import Document, compiled, values_of

Published = Sequence[tuple[IndexConfig, Sequence[Document]]]
"""The documents of each index, newest last."""


def search(published: Published, request: SearchRequest) -> SearchAnswer:
    """What a request finds now."""
    found: list[tuple[IndexConfig, Document]] = []
    for config, documents in published:
        matches = compiled(config, request.query, request.search_fields)
        _check(config, request)
        found += [(config, each) for each in reversed(documents) if matches(each)]
    for key in reversed(request.sort):
        if key.name != "_score":
            found.sort(key=lambda pair: _place(pair[1], key))
    page = found[request.start_offset :][: request.max_hits]
    return SearchAnswer(
        num_hits=len(found),
        hits=[_hit(config, document) for config, document in page],
        aggregations=request.aggregations
        and _aggregated([document for _, document in found], request.aggregations),
    )


def _check(config: IndexConfig, request: SearchRequest) -> None:
    asked = [key.name for key in request.sort if key.name != "_score"]
    asked += [_terms(body)["field"] for body in (request.aggregations or {}).values()]
    for name in asked:
        if name not in config.fields or not config.fields[name].is_fast:
            raise BadRequestError(f"the field `{name}` is not a fast field")


def _place(document: Document, key: SortKey) -> tuple[bool, float]:
    """Documents without the field come last."""
    values = values_of(document, key.name)
    if not values:
        return True, 0
    return False, -values[0] if key.is_descending else values[0]


def _hit(config: IndexConfig, document: Document) -> bytes:
    stored = {name: value for name, value in document.items() if config.fields[name].is_stored}
    return json.dumps(stored).encode()


def _aggregated(documents: Sequence[Document], asked: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _counted(documents, _terms(body)) for name, body in asked.items()}


def _terms(body: Mapping[str, Any]) -> Mapping[str, Any]:
    if [*body] != ["terms"]:
        raise NotServedError("the model serves only plain terms aggregations")
    return body["terms"]  # type: ignore[no-any-return]


def _counted(documents: Iterable[Document], terms: Mapping[str, Any]) -> dict[str, Any]:
    counts = Counter(value for each in documents for value in {*values_of(each, terms["field"])})
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    size = terms.get("size", 10)
    return {
        "buckets": [_bucket(value, count) for value, count in ordered[:size]],
        "sum_other_doc_count": sum(count for _, count in ordered[size:]),
        "doc_count_error_upper_bound": 0,
    }


def _bucket(value: Any, count: int) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"key": int(value), "key_as_string": str(value).lower(), "doc_count": count}
    return {"key": value, "doc_count": count}
