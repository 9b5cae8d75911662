"""Sending the documents of many revs, and knowing of each what became of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rushes.search.quickwit.answers import IngestAnswer
from rushes.search.quickwit.client import QuickwitClient
from rushes.search.quickwit.errors import (
    DocumentTooLargeError,
    QuickwitError,
    QuickwitRefusedError,
    QuickwitUnavailableError,
)
from rushes.search.quickwit.lines import MAX_REQUEST_BYTES

Lines = Mapping[int, Sequence[bytes]]
"""Rev -> its documents, one encoded line each."""


@dataclass(slots=True)
class Outcome:
    """Revs by what became of them; what is in none of the three was accepted."""

    refused: dict[int, str] = field(default_factory=dict)
    """With the engine's reason. Others of their documents may have been accepted."""
    unknown: set[int] = field(default_factory=set)
    """Accepted or not: nobody can tell."""
    unsent: set[int] = field(default_factory=set)
    """Nothing of it can have been accepted."""
    error: QuickwitError | None = None
    """Why the engine took no more."""


def send(client: QuickwitClient, index: str, lines: Lines) -> Outcome:
    """Send all revs to one index. One that is refused does not hold up the others.

    Each rev is sent once. After an error of the engine itself no more is sent.
    """
    outcome, begun = Outcome(), set[int]()
    for request in _requests(lines):
        if outcome.error is not None:
            outcome.unsent |= request.keys() - begun
            outcome.unknown |= request.keys() & begun
            continue
        _send_request(client, index, request, outcome, begun)
    outcome.unknown -= outcome.refused.keys()
    return outcome


def _send_request(
    client: QuickwitClient,
    index: str,
    request: dict[int, list[bytes]],
    outcome: Outcome,
    begun: set[int],
) -> None:
    try:
        answer = client.ingest(index, [line for lines in request.values() for line in lines])
    except (QuickwitRefusedError, DocumentTooLargeError) as error:
        if len(request) == 1:
            outcome.refused.update(dict.fromkeys(request, error.reason or str(error)))
            return
        for rev, lines in request.items():  # one of them is to blame
            _send_request(client, index, {rev: lines}, outcome, begun)
    except QuickwitError as error:
        outcome.error = error
        was_sent = isinstance(error, QuickwitUnavailableError) and error.was_sent
        outcome.unknown |= request.keys() if was_sent else request.keys() & begun
        outcome.unsent |= set() if was_sent else request.keys() - begun
    else:
        begun |= request.keys()
        outcome.refused.update(_refused(answer, request))


def _refused(answer: IngestAnswer, request: Mapping[int, object]) -> dict[int, str]:
    """The revs of the documents that were not taken; of all where nobody can tell which."""
    refused: dict[int, str] = {}
    for failure in answer.failures:
        rev = _rev_of(failure.document)
        to_blame = request if rev is None or rev not in request else (rev,)
        refused.update(dict.fromkeys(to_blame, f"{failure.reason}: {failure.message}"))
    if answer.num_rejected and not refused:
        refused = dict.fromkeys(request, "rejected without a reason")
    return refused


def _rev_of(document: str) -> int | None:
    try:
        rev = json.loads(document)["rev"]
    except (ValueError, KeyError, TypeError):
        return None
    return rev if isinstance(rev, int) else None


def _requests(lines: Lines) -> Iterator[dict[int, list[bytes]]]:
    """In requests of at most `MAX_REQUEST_BYTES`; a rev may be spread over several."""
    request: dict[int, list[bytes]] = {}
    size = 0
    for rev, documents in lines.items():
        for document in documents:
            if size and size + len(document) + 1 > MAX_REQUEST_BYTES:
                yield request
                request, size = {}, 0
            request.setdefault(rev, []).append(document)
            size += len(document) + 1
    if request:
        yield request
