"""The body of a delete task."""

from __future__ import annotations

from quickwit.node.messages import BadRequestError, NotServedError, Request
from quickwit.node.requests.bodies import MAX_SEARCH_BODY_BYTES, json_object, unpacked_body
from quickwit.node.requests.searching import field_names

_KEYS = frozenset({"query", "search_field", "start_timestamp", "end_timestamp"})


def parse_delete_query(request: Request) -> tuple[str, tuple[str, ...]]:
    """(query, search fields). The fields may be a list or text separated by commas."""
    body = json_object(unpacked_body(request, MAX_SEARCH_BODY_BYTES))
    if unknown := body.keys() - _KEYS:
        raise BadRequestError(f"Request body deserialize error: unknown field {min(unknown)!r}")
    for bound in ("start_timestamp", "end_timestamp"):
        if body.get(bound) is not None:
            raise NotServedError(f"the embedded node does not serve {bound}")
    query = body.get("query")
    if not isinstance(query, str):
        raise BadRequestError("Request body deserialize error: missing field `query`")
    fields = body.get("search_field")
    if isinstance(fields, list) and all(isinstance(name, str) for name in fields):
        fields = ",".join(fields)
    return query, field_names("search_field", fields)
