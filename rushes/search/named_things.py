"""Objects, places and people of the library that a query means by their names."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Self

from sqlalchemy import Connection

from rushes.db.reading import kept
from rushes.search.lexemes import label_lexemes
from rushes.search.marking import Stems, mark, no_stems
from rushes.search.query.shaping import Leaf
from rushes.search.query.tree import Phrase, Scope, Word
from rushes.search.words import tokens

_HERE = Path(__file__).parent
_SCOPES = (Scope.ALL, Scope.OBJECT, Scope.PLACE, Scope.PERSON)
_MOST_WORDS: Final = 32
_KEPT_VOCABULARIES: Final = 4

_vocabularies: dict[str, Vocabulary] = {}


@dataclass(frozen=True, slots=True)
class NamedThings:
    """Of each kind (object, place, person) what one of some leaves means: id -> name."""

    of_kind: dict[str, dict[str, str]] = field(default_factory=dict)

    def ids(self, kind: str) -> list[str]:
        """Labels, or the ids of people."""
        return list(self.of_kind.get(kind, ()))


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Labels of objects and places by their words and by their lexemes, as (kind, label)."""

    of_word: Mapping[str, Sequence[tuple[str, str]]]
    of_lexeme: Mapping[str, Sequence[tuple[str, str]]]
    lexemes: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, connection: Connection, labels: Iterable[tuple[str, str]]) -> Self:
        """Of all labels that there are."""
        every = list(labels)
        lexemes = {
            label: frozenset(found.split())
            for label, found in label_lexemes(connection, {label for _, label in every}).items()
        }
        of_word: dict[str, list[tuple[str, str]]] = defaultdict(list)
        of_lexeme: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for kind, label in every:
            for word in _words(label):
                of_word[word].append((kind, label))
            for lexeme in lexemes[label]:
                of_lexeme[lexeme].append((kind, label))
        return cls(dict(of_word), dict(of_lexeme), lexemes)

    def like(self, leaf: Leaf) -> Iterator[tuple[str, str]]:
        """Those that are worth a closer look; nearly none is."""
        if isinstance(leaf, Word | Phrase):
            yield from self.of_word.get(leaf.tokens[0], ())
            if isinstance(leaf, Word):
                for lexeme in leaf.lexemes:
                    yield from self.of_lexeme.get(lexeme, ())
        else:
            for word, labels in self.of_word.items():
                if leaf.token in word:
                    yield from labels


@dataclass(frozen=True, slots=True)
class Named:
    """All labels, and the (id, name) of the people whose names have one of `words` in them."""

    words: frozenset[str] = frozenset()
    vocabulary: Vocabulary | None = None
    people: Sequence[tuple[str, str]] = ()

    def meant_by(self, connection: Connection, leaves: Sequence[Leaf]) -> NamedThings:
        """What the leaves mean; read anew where they have other words."""
        leaves = _naming(leaves)
        if not leaves:
            return NamedThings()
        if self.vocabulary is None or not self.words.issuperset(map(_first, leaves)):
            return meant_by(connection, leaves)
        return _meant(leaves, self.vocabulary, self.people)


def asked_names(words: Sequence[str]) -> dict[str, Any]:
    """Parameters of `snapshot.sql`."""
    few = _few(words)
    return {"has_names": bool(few), "patterns": _patterns(few)}


def read_names(connection: Connection, words: Sequence[str], row: Any) -> Named:
    """`row`: what `snapshot.sql` answered."""
    if not (few := _few(words)):
        return Named()
    vocabulary = _vocabulary(connection, row.labels or "[]")
    return Named(frozenset(few), vocabulary, row.named_people or ())


def meant_by(connection: Connection, leaves: Sequence[Leaf]) -> NamedThings:
    """What the leaves mean of all that occurs in the libraries."""
    leaves = _naming(leaves)
    if not leaves:
        return NamedThings()
    patterns = _patterns([_first(leaf) for leaf in leaves])
    rows = kept(_HERE, "named_things").rows(connection, {"patterns": patterns})
    labels = [(row.kind, row.id) for row in rows if row.kind != "person"]
    people = [(row.id, row.name) for row in rows if row.kind == "person"]
    return _meant(leaves, Vocabulary.of(connection, labels), people)


def _meant(
    leaves: Sequence[Leaf], vocabulary: Vocabulary, people: Iterable[tuple[str, str]]
) -> NamedThings:
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for kind, label in dict.fromkeys(each for leaf in leaves for each in vocabulary.like(leaf)):
        own = vocabulary.lexemes[label]
        if mark(label, kind, leaves, _stems_of(own)).leaves:
            found[kind][label] = label
    for id_, name in people:
        if (
            any(_may_mean(leaf, name) for leaf in leaves)
            and mark(name, "person", leaves, no_stems).leaves
        ):
            found["person"][id_] = name
    return NamedThings(dict(found))


def _vocabulary(connection: Connection, labels: str) -> Vocabulary:
    """Taken apart once for each state of it."""
    found = _vocabularies.get(labels)
    if found is None:
        found = Vocabulary.of(connection, map(tuple, json.loads(labels)))
        if len(_vocabularies) >= _KEPT_VOCABULARIES:
            _vocabularies.clear()
        _vocabularies[labels] = found
    return found


def _naming(leaves: Sequence[Leaf]) -> list[Leaf]:
    return [each for each in leaves if each.scope in _SCOPES]


def _few(words: Sequence[str]) -> list[str]:
    """Of a long text none: each is compared with every name."""
    different = list(dict.fromkeys(words))
    return different if len(different) <= _MOST_WORDS else []


def _patterns(words: Sequence[str]) -> list[str] | None:
    """What a person's name is like; None where letters may be written in several ways."""
    return [f"%{word}%" for word in words] if all(map(str.isascii, words)) else None


def _first(leaf: Leaf) -> str:
    return leaf.tokens[0] if isinstance(leaf, Word | Phrase) else leaf.token


def _may_mean(leaf: Leaf, name: str) -> bool:
    """Whether it is worth a closer look; nearly no name is."""
    words = _words(name)
    if isinstance(leaf, Word | Phrase):
        return leaf.tokens[0] in words
    return any(leaf.token in word for word in words)


@lru_cache(maxsize=10_000)
def _words(name: str) -> frozenset[str]:
    return frozenset(tokens(name))


def _stems_of(lexemes: frozenset[str]) -> Stems:
    """Of a label, in which it does not matter which of its words a lexeme comes from."""
    return lambda _: lexemes
