"""Aggregations: checked, asked of one index or several, and merged exactly.

Of several indexes each is asked for everything, and the answers are added up. What cannot be
added up exactly (percentiles, an estimate of distinct values) is not served over several.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from quickwit.node.mapping.documents import engine_name
from quickwit.node.mapping.fields import FieldMapping
from quickwit.node.messages import BadRequestError, NotServedError

MAX_BUCKETS = 65_000
DEFAULT_SIZE = 10
MAX_NESTING = 5

_METRICS = ("min", "max", "sum", "avg", "stats", "value_count")
_ONE_INDEX = ("percentiles", "cardinality", "extended_stats")
_BUCKETS = ("terms", "range", "histogram")
_TERMS_KEYS = {
    "field",
    "size",
    "split_size",
    "segment_size",
    "shard_size",
    "order",
    "min_doc_count",
    "show_term_doc_count_error",
}

Aggregations = Mapping[str, Any]


def prepared(asked: Aggregations, fields: Mapping[str, FieldMapping], is_one: bool) -> Aggregations:
    """The request for one index's engine.

    Terms are always counted in full, as tantivy would cut each segment's list. `is_one`: whether
    no other index takes part.
    """
    return _prepared(asked, fields, is_one, MAX_NESTING)


def _prepared(
    asked: object, fields: Mapping[str, FieldMapping], is_one: bool, depth: int
) -> dict[str, Any]:
    if not isinstance(asked, dict) or depth == 0:
        raise BadRequestError(
            "invalid aggregation request: expected an object, not nested too deep"
        )
    return {name: _one(name, body, fields, is_one, depth) for name, body in asked.items()}


def _one(
    name: str, body: object, fields: Mapping[str, FieldMapping], is_one: bool, depth: int
) -> dict[str, Any]:
    kind, options, inner = _parts(name, body)
    if kind not in (*_METRICS, *_BUCKETS, *_ONE_INDEX):
        raise NotServedError(f"the embedded node does not serve the aggregation `{kind}`")
    if kind in _ONE_INDEX and not is_one:
        raise NotServedError(f"the embedded node does not serve `{kind}` over several indexes")
    ready: dict[str, Any] = {kind: {**options, "field": _column(options, fields, kind)}}
    if kind == "terms":
        ready[kind] = _terms(ready[kind], is_one)
    if not is_one:
        ready = _mergeable(kind, ready)
    if inner:
        if kind not in _BUCKETS:
            raise BadRequestError(
                f"invalid aggregation request: `{kind}` takes no sub-aggregations"
            )
        ready["aggs"] = _prepared(inner, fields, is_one, depth - 1)
    return ready


def _mergeable(kind: str, ready: dict[str, Any]) -> dict[str, Any]:
    """The request of one of several indexes, so that the answers can be added up."""
    options = ready[kind]
    if options.get("keyed"):
        raise NotServedError("the embedded node does not serve `keyed` over several indexes")
    if kind == "histogram" and options.get("min_doc_count") != 1:
        raise NotServedError("a histogram over several indexes has to have min_doc_count 1")
    return {"stats": options} if kind == "avg" else ready


def _parts(name: str, body: object) -> tuple[str, dict[str, Any], Any]:
    """(kind, its options, the sub-aggregations) of one aggregation."""
    if not isinstance(body, dict):
        raise BadRequestError(f"invalid aggregation request: `{name}` is no object")
    inner = body.get("aggs", body.get("aggregations"))
    kinds = [key for key in body if key not in ("aggs", "aggregations")]
    if len(kinds) != 1 or not isinstance(body[kinds[0]], dict):
        raise BadRequestError(f"invalid aggregation request: `{name}` has to have one kind")
    return kinds[0], body[kinds[0]], inner


def _column(options: Mapping[str, Any], fields: Mapping[str, FieldMapping], kind: str) -> str:
    name = options.get("field")
    found = fields.get(name) if isinstance(name, str) else None
    if found is None or not found.is_fast:
        raise BadRequestError(f"invalid aggregation request: field `{name}` is not a fast field")
    if found.type == "datetime" and kind != "value_count":
        raise NotServedError(f"the embedded node does not aggregate datetimes (`{name}`)")
    return engine_name(fields, found.name)


def _terms(options: dict[str, Any], is_one: bool) -> dict[str, Any]:
    if unknown := options.keys() - _TERMS_KEYS:
        raise NotServedError(f"the embedded node does not serve `{min(unknown)}` of terms")
    if not 0 < _size(options) <= MAX_BUCKETS:
        raise BadRequestError(f"invalid aggregation request: size, at most {MAX_BUCKETS}, over 0")
    kept: dict[str, Any] = {
        key: options[key] for key in ("field", "order", "min_doc_count") if key in options
    }
    if not is_one:
        if order := options.get("order"):
            _check_order(order)
        if kept.pop("min_doc_count", 1) != 1:
            raise NotServedError("terms over several indexes have to have min_doc_count 1")
    size = _size(options) if is_one else MAX_BUCKETS
    return {**kept, "size": size, "segment_size": MAX_BUCKETS}


def _size(options: Mapping[str, Any]) -> int:
    size = options.get("size", DEFAULT_SIZE)
    return size if isinstance(size, int) and not isinstance(size, bool) else 0


def _check_order(order: object) -> None:
    if not isinstance(order, dict) or len(order) != 1 or not {*order} <= {"_count", "_key"}:
        raise NotServedError("the embedded node orders terms of several indexes by _count or _key")


def merged(asked: Aggregations, found: Sequence[Aggregations]) -> dict[str, Any]:
    """The answer over all indexes, from each one's."""
    return {
        name: _merged_one(body, [answer[name] for answer in found if name in answer])
        for name, body in asked.items()
    }


def _merged_one(body: Mapping[str, Any], answers: Sequence[Aggregations]) -> dict[str, Any]:
    kind, options, inner = _parts("", body)
    if kind == "terms":
        return _merged_terms(options, inner or {}, answers)
    if kind in ("range", "histogram"):
        return _merged_ranges(kind, inner or {}, answers)
    return merged_metric(kind, answers)


def merged_metric(kind: str, answers: Sequence[Aggregations]) -> dict[str, Any]:
    """Minimum, maximum, sum, count; `avg` is asked as `stats` of each index."""
    if kind in ("avg", "stats"):
        return _merged_stats(kind, answers)
    values = [answer["value"] for answer in answers if answer.get("value") is not None]
    if kind in ("sum", "value_count"):
        return {"value": sum(values)}
    return {"value": (min if kind == "min" else max)(values) if values else None}


def _merged_stats(kind: str, answers: Sequence[Aggregations]) -> dict[str, Any]:
    count = sum(answer["count"] for answer in answers)
    total = sum(answer["sum"] for answer in answers)
    average = total / count if count else None
    if kind == "avg":
        return {"value": average}
    lows = [answer["min"] for answer in answers if answer["min"] is not None]
    highs = [answer["max"] for answer in answers if answer["max"] is not None]
    return {
        "count": count,
        "sum": total,
        "min": min(lows, default=None),
        "max": max(highs, default=None),
        "avg": average,
    }


def _merged_buckets(
    inner: Aggregations, answers: Sequence[Aggregations]
) -> dict[Any, dict[str, Any]]:
    """Buckets of the same key as one, in the order they are met."""
    groups: dict[Any, list[dict[str, Any]]] = {}
    for answer in answers:
        for bucket in answer["buckets"]:
            groups.setdefault(bucket["key"], []).append(bucket)
    return {
        key: {
            **buckets[0],
            "doc_count": sum(bucket["doc_count"] for bucket in buckets),
            **merged(inner, buckets),
        }
        for key, buckets in groups.items()
    }


def _merged_terms(
    options: Mapping[str, Any], inner: Aggregations, answers: Sequence[Aggregations]
) -> dict[str, Any]:
    if any(answer.get("sum_other_doc_count") for answer in answers):
        raise BadRequestError(f"aggregation: more than {MAX_BUCKETS} buckets")
    buckets = list(_merged_buckets(inner, answers).values())
    ((target, direction),) = (options.get("order") or {"_count": "desc"}).items()
    is_descending = direction == "desc"
    if target == "_key":
        buckets.sort(key=lambda bucket: bucket["key"], reverse=is_descending)
    else:
        sign = -1 if is_descending else 1
        buckets.sort(key=lambda bucket: (sign * bucket["doc_count"], bucket["key"]))
    size = _size(options)
    return {
        "buckets": buckets[:size],
        "sum_other_doc_count": sum(bucket["doc_count"] for bucket in buckets[size:]),
        **({} if target == "_key" else {"doc_count_error_upper_bound": 0}),
    }


def _merged_ranges(
    kind: str, inner: Aggregations, answers: Sequence[Aggregations]
) -> dict[str, Any]:
    buckets = list(_merged_buckets(inner, answers).values())
    low = float("-inf")
    order = (lambda b: b["key"]) if kind == "histogram" else (lambda b: b.get("from", low))
    return {"buckets": sorted(buckets, key=order)}
