"""The part of the address after the question mark."""

from __future__ import annotations

from urllib.parse import parse_qsl

from quickwit.node.messages import BadRequestError, Request


def parameters(request: Request) -> dict[str, str]:
    """Parameters by name. `BadRequestError` for one that is given twice or is no UTF-8."""
    if not request.query_string:
        return {}
    try:
        pairs = parse_qsl(request.query_string, keep_blank_values=True, errors="strict")
    except ValueError as error:
        raise BadRequestError(f"Invalid query string: {error}") from error
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadRequestError("Invalid query string: duplicate field")
    return found


def boolean(name: str, text: str) -> bool:
    """`true` or `false`, nothing else."""
    if text not in ("true", "false"):
        raise BadRequestError(f"Invalid value for {name}: expected true or false, found {text!r}")
    return text == "true"
