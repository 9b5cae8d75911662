"""Parameters and lines of an ingest request."""

from __future__ import annotations

from collections.abc import Mapping

from quickwit.node.engine import CommitMode
from quickwit.node.messages import BadRequestError
from quickwit.node.requests.parameters import boolean

_KEYS = frozenset({"commit", "detailed_response", "format"})


def commit_mode(given: Mapping[str, str]) -> CommitMode:
    """The `commit` parameter, `auto` where it is not given."""
    if unknown := given.keys() - _KEYS:
        raise BadRequestError(f"Invalid query string: unknown field {min(unknown)!r}")
    text = given.get("commit", CommitMode.AUTO.value)
    try:
        return CommitMode(text)
    except ValueError:
        raise BadRequestError(
            f"Invalid commit {text!r}: expected auto, wait_for or force"
        ) from None


def is_detailed(given: Mapping[str, str]) -> bool:
    """Whether the answer lists the documents that were not taken."""
    return boolean("detailed_response", given.get("detailed_response", "false"))


def documents(body: bytes) -> list[bytes]:
    """The lines of an NDJSON body that hold something."""
    return [line for line in body.split(b"\n") if line and not line.isspace()]
