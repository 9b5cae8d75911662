"""Unquoted `*` and `?` in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from quickwit.node.messages import BadRequestError

_PARTS = re.compile(r"\\(.)|([*?])|([^\\*?]+)|(\\)$", re.DOTALL)
_SPECIAL = re.compile(r"[^\w\s]")
_ANY = {"*": "(?s:.*)", "?": "(?s:.)"}
MAX_WILDCARDS = 20


def has_wildcard(phrase: str) -> bool:
    """Whether an unquoted word holds a wildcard that is not escaped."""
    return any(wildcard for wildcard, _ in _parts(phrase))


def unescaped(phrase: str) -> str:
    """A word without wildcards: `te\\*` is `te*`."""
    return "".join(text for _, text in _parts(phrase))


def as_regex(phrase: str, normalize: Callable[[str], str]) -> str:
    """The pattern of a word with wildcards. `normalize` does to a part what the tokenizer does.

    `BadRequestError` for a word with more wildcards than an automaton is quickly built for.
    """
    pattern, literal, wildcards = "", "", 0
    for is_wildcard, text in _parts(phrase):
        if not is_wildcard:
            literal += text
            continue
        pattern += _escaped(normalize(literal)) + _ANY[text]
        literal = ""
        wildcards += 1
    if wildcards > MAX_WILDCARDS:
        raise BadRequestError(f"a word has too many wildcards, at most {MAX_WILDCARDS}")
    return pattern + _escaped(normalize(literal))


def _parts(phrase: str) -> Iterator[tuple[bool, str]]:
    """(is a wildcard, text) of each part."""
    for escaped, wildcard, plain, last in _PARTS.findall(phrase):
        if wildcard:
            yield True, wildcard
        else:
            yield False, escaped or plain or last


def _escaped(literal: str) -> str:
    return _SPECIAL.sub(lambda found: f"\\x{{{ord(found[0]):X}}}", literal)
