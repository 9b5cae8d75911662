"""A tree in Quickwit's query language, over the fields of the index template.

Every literal stands between quotes; without quotes come only names of fields, numbers, times, and
words of letters and digits with a star. Each level says with `+`, `-` or OR how it is joined, so
that no default of a server counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from rushes.search.query.fields import FIELDS, grams
from rushes.search.query.tree import (
    All,
    Any,
    Field,
    Letters,
    Node,
    Not,
    Phrase,
    Preferred,
    Prefix,
    Range,
    Scope,
    Word,
)
from rushes.search.words import tokens

EVERYTHING: Final = "rev:*"
"""Every document has a rev; a bare `*` is refused by some."""
NOTHING: Final = "(+rev:* -rev:*)"
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z", re.ASCII)


def to_quickwit(node: Node) -> str:
    """The query. ValueError for a field or a time that is none."""
    match node:
        case All(nodes):
            return _all(nodes)
        case Any(nodes):
            return _any(map(to_quickwit, nodes))
        case Not(inner):
            return _all((Not(inner),))
        case Preferred(inner, bonus):
            asked = to_quickwit(inner)
            return f"({asked} OR (+{asked} +{to_quickwit(bonus)}))"
        case Field(name, values):
            return _in(name, map(_value, values))
        case Range():
            return _range(node)
        case Word():
            return _word(node)
        case Phrase(words, scope):
            return _phrase(words, scope)
        case Prefix(token, scope):
            return f"{FIELDS[scope].words}:{_letters(token)}*"
        case Letters(token, scope):
            return f"{FIELDS[scope].words}:*{_letters(token)}*"
    raise TypeError(f"{node!r} is no node of a query")


def quoted(literal: str) -> str:
    """A literal that is nothing else, whatever stands in it."""
    return '"' + literal.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _all(nodes: Sequence[Node]) -> str:
    signed = [
        f"-{to_quickwit(node.node)}" if isinstance(node, Not) else f"+{to_quickwit(node)}"
        for node in nodes
    ]
    if not any(each[0] == "+" for each in signed):
        signed.insert(0, f"+{EVERYTHING}")
    return f"({' '.join(signed)})" if len(signed) > 1 else signed[0][1:]


def _any(asked: Iterable[str]) -> str:
    alternatives = list(asked)
    if len(alternatives) > 1:
        return f"({' OR '.join(alternatives)})"
    return alternatives[0] if alternatives else NOTHING


def _word(word: Word) -> str:
    """Lexemes as terms, not as a set: what is rare then weighs more."""
    fields = FIELDS[word.scope]
    asked = [f"{fields.lexemes}:{quoted(each)}" for each in word.lexemes if fields.lexemes]
    if word.tokens:
        asked.append(_phrase(word.tokens, word.scope))
    if fields.letters and not word.is_whole and (parts := grams(word.tokens)):
        sets = [_in(fields.letters, [quoted(part.lower())]) for part in parts]
        asked.append(f"({' '.join(f'+{each}' for each in sets)})" if len(sets) > 1 else sets[0])
    return _any(asked)


def _phrase(words: Sequence[str], scope: Scope) -> str:
    return f"{FIELDS[scope].words}:{quoted(' '.join(words))}" if words else NOTHING


def _in(name: str, values: Iterable[str]) -> str:
    """A set: it weighs the same for each document, so that filters leave the order alone."""
    elements = " ".join(values)
    return f"{_name(name)}:IN [{elements}]" if elements else NOTHING


def _range(node: Range) -> str:
    if node.lowest is None and node.greatest is None:
        return f"{_name(node.name)}:*"
    return f"{_name(node.name)}:[{_bound(node.lowest)} TO {_bound(node.greatest)}]"


def _bound(value: int | str | None) -> str:
    if value is None:
        return "*"
    if isinstance(value, int):
        return str(value)
    if not _TIME.fullmatch(value):
        raise ValueError(f"{value!r} is no time")
    return value


def _value(value: str | int | bool) -> str:
    """Numbers stand bare: thousands of them are read several times faster so."""
    if isinstance(value, bool):
        return quoted(str(value).lower())
    if isinstance(value, int) and value >= 0:
        return str(value)
    return quoted(str(value))


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no field")
    return name


def _letters(token: str) -> str:
    if not token or any(not tokens(sign) for sign in token):
        raise ValueError(f"{token!r} is no word")
    return token
