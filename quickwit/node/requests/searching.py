"""The parameters of a search, from the address or from a body."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from quickwit.node.engine import SearchRequest, SortKey
from quickwit.node.messages import ApiError, BadRequestError, NotServedError, Request
from quickwit.node.requests.bodies import MAX_SEARCH_BODY_BYTES, json_object, unpacked_body
from quickwit.node.requests.parameters import boolean, parameters

MAX_HITS = 10_000
MAX_START_OFFSET = 10_000
MAX_SORT_KEYS = 2

_SORT_KEY = re.compile(r"[+-]?[^+-].*")

_KEYS = frozenset(
    {
        "query",
        "search_field",
        "snippet_fields",
        "max_hits",
        "start_offset",
        "sort_by",
        "sort_by_field",
        "aggs",
        "count_all",
        "allow_failed_splits",
        "format",
        "start_timestamp",
        "end_timestamp",
    }
)


def parse_search(request: Request) -> SearchRequest:
    """A search with every limit kept. `BadRequestError` for unknown keys and wrong types."""
    given = _given(request)
    if unknown := given.keys() - _KEYS:
        raise BadRequestError(f"Request deserialize error: unknown field {min(unknown)!r}")
    for bound in ("start_timestamp", "end_timestamp"):
        if given.get(bound) is not None:
            raise NotServedError(f"the embedded node does not serve {bound}")
    query = given.get("query")
    if not isinstance(query, str):
        raise BadRequestError("Request deserialize error: missing field `query`")
    return SearchRequest(
        query=query,
        search_fields=field_names("search_field", given.get("search_field")),
        snippet_fields=field_names("snippet_fields", given.get("snippet_fields")),
        max_hits=_limited(given, "max_hits", 20, MAX_HITS),
        start_offset=_limited(given, "start_offset", 0, MAX_START_OFFSET),
        sort=_sort_keys(given.get("sort_by") or given.get("sort_by_field")),
        aggregations=_aggregations(given.get("aggs")),
        is_counting_all=_flag(given, "count_all"),
    )


def field_names(name: str, value: object) -> tuple[str, ...]:
    """Field names separated by commas."""
    if value is None or value == "":
        return ()
    if not isinstance(value, str):
        raise BadRequestError(f"Request deserialize error: {name} has to be text")
    return tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))


def _given(request: Request) -> Mapping[str, Any]:
    if request.method == "POST":
        return json_object(unpacked_body(request, MAX_SEARCH_BODY_BYTES))
    given: dict[str, Any] = dict(parameters(request))
    for name in ("max_hits", "start_offset"):
        if name in given:
            given[name] = _whole(name, given[name])
    if "count_all" in given:
        given["count_all"] = boolean("count_all", given["count_all"])
    if "aggs" in given:
        given["aggs"] = _json_text(given["aggs"])
    return given


def _whole(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 20:
        raise BadRequestError(f"Request deserialize error: {name} has to be a whole number")
    return int(text)


def _json_text(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadRequestError(f"Request deserialize error: aggs: {error}") from error


def _limited(given: Mapping[str, Any], name: str, default: int, most: int) -> int:
    value = given.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise BadRequestError(f"Request deserialize error: {name} has to be a whole number")
    if value > most:
        raise BadRequestError(f"Invalid argument: max value for {name} is {most}, but got {value}")
    return value


def _flag(given: Mapping[str, Any], name: str) -> bool:
    value = given.get(name, True)
    if not isinstance(value, bool):
        raise BadRequestError(f"Request deserialize error: {name} has to be true or false")
    return value


def _sort_keys(value: object) -> tuple[SortKey, ...]:
    """`x` and `+x` descend, `-x` ascends."""
    names = field_names("sort_by", value)
    if len(names) > MAX_SORT_KEYS:
        raise BadRequestError(
            f"Invalid sort_by: at most {MAX_SORT_KEYS} fields, found {len(names)}"
        )
    if not all(_SORT_KEY.fullmatch(name) for name in names):
        raise BadRequestError(f"Invalid sort_by: {value!r}")
    return tuple(SortKey(name.lstrip("+-"), not name.startswith("-")) for name in names)


def _aggregations(value: object) -> Mapping[str, Any] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise ApiError("invalid aggregation request: expected an object", 400)
    return value or None
