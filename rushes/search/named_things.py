"""Objects, places and people of the library that a query means by their names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from sqlalchemy import Connection

from rushes.db.reading import kept
from rushes.search.lexemes import label_lexemes
from rushes.search.marking import Stems, mark
from rushes.search.query.shaping import Leaf
from rushes.search.query.tree import Phrase, Scope, Word
from rushes.search.word_stems import NO_LEXEMES
from rushes.search.words import tokens

_HERE = Path(__file__).parent
_SCOPES = (Scope.ALL, Scope.OBJECT, Scope.PLACE, Scope.PERSON)


@dataclass(frozen=True, slots=True)
class NamedThings:
    """Of each kind (object, place, person) what one of some leaves means: id -> name."""

    of_kind: dict[str, dict[str, str]] = field(default_factory=dict)

    def ids(self, kind: str) -> list[str]:
        """Labels, or the ids of people."""
        return list(self.of_kind.get(kind, ()))


def no_stems(_: str) -> frozenset[str]:
    """For names and paths, which are found as they are written."""
    return NO_LEXEMES


def meant_by(connection: Connection, leaves: Sequence[Leaf]) -> NamedThings:
    """What the leaves mean of all that occurs in the libraries."""
    leaves = [each for each in leaves if each.scope in _SCOPES]
    if not leaves:
        return NamedThings()
    rows = kept(_HERE, "named_things").rows(connection, {"patterns": _patterns(leaves)})
    labels = {row.name for row in rows if row.kind != "person"}
    lexemes = label_lexemes(connection, labels)
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows:
        own = frozenset[str]() if row.kind == "person" else _split(lexemes[row.name])
        if not any(_may_mean(leaf, row.name, own) for leaf in leaves):
            continue
        if mark(row.name, row.kind, leaves, _stems_of(own)).leaves:
            found[row.kind][row.id] = row.name
    return NamedThings(dict(found))


def _patterns(leaves: Sequence[Leaf]) -> list[str] | None:
    """What a person's name is like; None where letters may be written in several ways."""
    words = [_first(leaf) for leaf in leaves]
    return [f"%{word}%" for word in words] if all(map(str.isascii, words)) else None


def _first(leaf: Leaf) -> str:
    return leaf.tokens[0] if isinstance(leaf, Word | Phrase) else leaf.token


def _may_mean(leaf: Leaf, name: str, lexemes: frozenset[str]) -> bool:
    """Whether it is worth a closer look; nearly no name is."""
    words = _words(name)
    if isinstance(leaf, Word):
        return leaf.tokens[0] in words or not lexemes.isdisjoint(leaf.lexemes)
    if isinstance(leaf, Phrase):
        return leaf.tokens[0] in words
    return any(leaf.token in word for word in words)


@lru_cache(maxsize=10_000)
def _words(name: str) -> frozenset[str]:
    return frozenset(tokens(name))


@lru_cache(maxsize=10_000)
def _split(lexemes: str) -> frozenset[str]:
    return frozenset(lexemes.split())


def _stems_of(lexemes: frozenset[str]) -> Stems:
    """Of a label, in which it does not matter which of its words a lexeme comes from."""
    return lambda _: lexemes
