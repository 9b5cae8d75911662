"""What an answer other than 200 means."""

from __future__ import annotations

import json
from dataclasses import dataclass

from rushes.search.quickwit.errors import (
    DocumentTooLargeError,
    IndexMissingError,
    QuickwitError,
    QuickwitRefusedError,
    QuickwitUnavailableError,
)
from rushes.search.quickwit.pool import Reply

_REASON_CHARACTERS = 500
_CHECK_ADDRESS = "check QUICKWIT_URL"


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a call was for, as in "It refused to ...".

    `may_quote`: nothing of a person's is in what is sent, so that the engine may be quoted.
    """

    text: str
    may_quote: bool = True
    has_documents: bool = False


def error_of(reply: Reply, purpose: Purpose) -> QuickwitError:
    """The error that an answer stands for.

    Of 408 and 5xx nobody knows what was done before; 501 and all of 4xx were refused as a whole.
    """
    reason = _reason(reply)
    if reason is None:
        return foreign_answer(purpose)
    if reply.status == 404:
        return IndexMissingError(f"No such index, asked to {purpose.text}.", reason=reason)
    if reply.status == 413 and purpose.has_documents:
        return DocumentTooLargeError("The search engine takes no request so large.", reason=reason)
    if reply.status == 429:
        return QuickwitUnavailableError("The search engine is busy.", was_sent=False, reason=reason)
    quoted = f": {reason}" if purpose.may_quote and reason else "."
    if reply.status == 408 or (reply.status >= 500 and reply.status != 501):
        return QuickwitUnavailableError(
            f"The search engine failed ({reply.status}) to {purpose.text}{quoted}",
            was_sent=True,
            reason=reason,
        )
    return QuickwitRefusedError(
        f"The search engine refused ({reply.status}) to {purpose.text}{quoted}", reason=reason
    )


def foreign_answer(purpose: Purpose) -> QuickwitUnavailableError:
    """The error for an answer that Quickwit does not give."""
    return QuickwitUnavailableError(
        f"Asked to {purpose.text}, the server answered unlike a search engine.",
        was_sent=True,
        remedy=_CHECK_ADDRESS,
    )


def _reason(reply: Reply) -> str | None:
    """What the engine said; None where it cannot have been the engine that spoke.

    A server error may come from a proxy before it, and is an outage all the same.
    """
    try:
        return str(json.loads(reply.body)["message"])[:_REASON_CHARACTERS]
    except (ValueError, KeyError, TypeError):
        outage = reply.status in {408, 413, 429} or reply.status >= 500
        return "" if outage else None
