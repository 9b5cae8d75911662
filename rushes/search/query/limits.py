"""What a text that is asked for may be."""

from __future__ import annotations

from typing import Final

from rushes.errors import InvalidRequestError

MAX_CHARACTERS: Final = 2000
MAX_DEPTH: Final = 20
"""Brackets within brackets."""
MAX_WORDS: Final = 100
"""Words and phrases; each becomes several look-ups."""


def checked_text(text: str) -> str:
    """The text without what no engine can hold; blank: everything is asked for.

    InvalidRequestError `query_too_long`.
    """
    cleaned = text.replace("\0", " ").encode("utf-8", "ignore").decode().strip()
    if len(cleaned) > MAX_CHARACTERS:
        raise InvalidRequestError(
            f"the query has {len(cleaned)} characters",
            code="query_too_long",
            remedy=f"use at most {MAX_CHARACTERS}",
        )
    return cleaned


def no_words() -> InvalidRequestError:
    """Of a text that is not blank, but has signs only."""
    return InvalidRequestError(
        "the query has no letter and no digit",
        code="empty_query",
        remedy="ask for words, or leave the text out to see everything",
    )


def too_many_words(count: int) -> InvalidRequestError:
    """Of a text whose look-ups would take too long."""
    return InvalidRequestError(
        f"the query has {count} words and phrases",
        code="query_too_complex",
        remedy=f'use at most {MAX_WORDS}, or put a "passage" between quotes',
    )


def too_deep() -> InvalidRequestError:
    """Of a text with too many brackets within brackets."""
    return InvalidRequestError(
        f"the query has more than {MAX_DEPTH} brackets within brackets",
        code="query_too_complex",
        remedy="use fewer",
    )
