"""What stands in a line of the log.

A document is the very line that is indexed, `{"_seq":7,...}`; anything else is an operation on
the whole index, `{"_op":"delete",...}` or `{"_op":"clear",...}`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

_SEQUENCE = re.compile(r'\{"_seq":(\d+)')


@dataclass(frozen=True, slots=True)
class DocumentAdded:
    """A document: `line` is what the index takes."""

    sequence: int
    line: str


@dataclass(frozen=True, slots=True)
class DocumentsDeleted:
    """A delete task. Touches documents of a smaller sequence only."""

    sequence: int
    query: str
    search_fields: tuple[str, ...]
    opstamp: int
    created_at: int


@dataclass(frozen=True, slots=True)
class IndexCleared:
    """Every document of a smaller sequence is gone."""

    sequence: int


Operation = DocumentAdded | DocumentsDeleted | IndexCleared


def encoded(operation: Operation) -> bytes:
    """The line of an operation, with its end."""
    match operation:
        case DocumentAdded(_, line):
            return line.encode() + b"\n"
        case DocumentsDeleted(sequence, query, search_fields, opstamp, created_at):
            body: dict[str, object] = {
                "_op": "delete",
                "sequence": sequence,
                "query": query,
                "search_fields": search_fields,
                "opstamp": opstamp,
                "created_at": created_at,
            }
        case IndexCleared(sequence):
            body = {"_op": "clear", "sequence": sequence}
    return json.dumps(body).encode() + b"\n"


def decoded(line: bytes) -> Operation:
    """The operation of a line. `ValueError` where it is none."""
    text = line.decode()
    if found := _SEQUENCE.match(text):
        return DocumentAdded(int(found[1]), text.rstrip("\n"))
    body = json.loads(text)
    if body.get("_op") == "delete":
        return DocumentsDeleted(
            body["sequence"],
            body["query"],
            tuple(body["search_fields"]),
            body["opstamp"],
            body["created_at"],
        )
    if body.get("_op") == "clear":
        return IndexCleared(body["sequence"])
    raise ValueError("the line is no operation")
