"""Text as a sequence of words: the one way in which documents and queries are cut into them.

The index splits at blanks only, so whatever is cut here is cut alike everywhere.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable
from functools import cache

MAX_WORD_CHARACTERS = 63
"""What is longer is cut: engines leave words of more than 255 bytes out."""
# Scripts that set no blanks between words: each sign counts as one, a word is then a phrase.
_SIGNS = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f"  # Myanmar
    "\u1780-\u17ff"  # Khmer
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"  # Hiragana, Katakana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # Han
    "\U00020000-\U0003ffff"
)

_ASCII = re.compile("[a-z0-9]+")


def tokens(text: str) -> list[str]:
    """The words of a text in order: without case, width and punctuation."""
    if text.isascii():  # the same, a few times faster
        found = _ASCII.findall(text.lower())
    else:
        found = _pattern().findall(unicodedata.normalize("NFKC", text).casefold())
    return [word[:MAX_WORD_CHARACTERS] for word in found]


def spaced(text: str) -> str:
    """The words with one blank between them."""
    return " ".join(tokens(text))


def spaced_texts(texts: Iterable[str]) -> list[str]:
    """Each text so, without those that have no word."""
    return [each for each in map(spaced, texts) if each]


@cache
def _pattern() -> re.Pattern[str]:
    # `\w` of the standard library leaves out the marks that vowels of many scripts are.
    marks = _ranges(
        code for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code))[0] == "M"
    )
    return re.compile(f"(?![_])[{_SIGNS}][{marks}]*|(?:(?![_{_SIGNS}])[\\w{marks}])+")


def _ranges(codes: Iterable[int]) -> str:
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"{re.escape(chr(low))}-{re.escape(chr(high))}" for low, high in ranges)
