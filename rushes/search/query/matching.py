"""What a tree means for one document: the fallback's answer, and the law for the index.

Texts and lexemes are strings of words with one blank around each, so that a phrase, a word and
its beginning are all found as parts of a string.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any as AnyValue
from typing import Final

from rushes.search.documents import SearchDocument
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
    Word,
)

_BREAK: Final = " \n "
"""Between two texts: no phrase goes across."""
_SATURATION: Final = 1.2
_USUAL_CHARACTERS: Final = 500
"""Of a scene's text; a longer one has a word more easily."""
_EXACT: Final = 0.5
_PART: Final = 0.3
"""Weight of a word as it is written beside its stem, and of a part of a word."""


class DocumentView:
    """A document prepared for being asked; each part when it is asked for first."""

    __slots__ = ("_fields", "_spaced")

    def __init__(self, fields: Mapping[str, AnyValue]) -> None:
        self._fields = fields
        self._spaced: dict[str, str] = {}

    @classmethod
    def of(cls, document: SearchDocument) -> DocumentView:
        """The view of a search document."""
        return cls(document.fields)

    def spaced(self, name: str) -> str:
        """A text field with a blank before and behind each word."""
        found = self._spaced.get(name)
        if found is None:
            value = self._fields.get(name, "")
            found = f" {value if isinstance(value, str) else _BREAK.join(value)} "
            self._spaced[name] = found
        return found

    def value(self, name: str) -> AnyValue:
        """A field as it is; None where the document has none."""
        return self._fields.get(name)


def matches(node: Node, view: DocumentView) -> bool:
    """Whether the document answers."""
    return _MATCHES[type(node)](node, view)


def score(node: Node, view: DocumentView) -> float:
    """How well a document that matches answers; more is better, without any unit.

    How often words stand in it against its length, all words alike. Only for comparing documents
    under one tree.
    """
    match node:
        case All(nodes):
            return sum(score(each, view) for each in nodes)
        case Any(nodes):
            return sum(score(each, view) for each in nodes if matches(each, view))
        case Preferred(inner, bonus):
            return score(inner, view) + (score(bonus, view) if matches(bonus, view) else 0.0)
        case Word():
            return _word_score(node, view)
        case Phrase(tokens, scope):
            return _weight(FIELDS[scope].words, f" {' '.join(tokens)} ", view)
        case Prefix(token, scope):
            return _weight(FIELDS[scope].words, f" {token}", view)
        case Letters(token, scope):
            return _PART * _weight(FIELDS[scope].words, token, view)
    return 0.0


def _word_score(word: Word, view: DocumentView) -> float:
    fields = FIELDS[word.scope]
    exact = _weight(fields.words, f" {' '.join(word.tokens)} ", view)
    stems = (_weight(fields.lexemes, f" {each} ", view) for each in word.lexemes if fields.lexemes)
    best = max(stems, default=0.0) or exact
    return best + _EXACT * exact or (_PART if _has_letters(word, view) else 0.0)


def _weight(field: str | None, wanted: str, view: DocumentView) -> float:
    """BM25 without how rare a word is: that is not known of one document."""
    if field is None:
        return 0.0
    text = view.spaced(field)
    count = text.count(wanted)
    if not count:
        return 0.0
    length = 0.25 + 0.75 * len(text) / _USUAL_CHARACTERS
    return count * (_SATURATION + 1) / (count + _SATURATION * length)


def _has_word(word: Word, view: DocumentView) -> bool:
    fields = FIELDS[word.scope]
    if fields.lexemes and word.lexemes:
        lexemes = view.spaced(fields.lexemes)
        if any(f" {each} " in lexemes for each in word.lexemes):
            return True
    if word.tokens and f" {' '.join(word.tokens)} " in view.spaced(fields.words):
        return True
    return _has_letters(word, view)


def _has_letters(word: Word, view: DocumentView) -> bool:
    field = FIELDS[word.scope].letters
    lines = view.value(field) if field and not word.is_whole else None
    if not lines:
        return False
    parts = grams(word.tokens)
    return bool(parts) and all(any(part in line for line in lines) for part in parts)


def _has_phrase(phrase: Phrase, view: DocumentView) -> bool:
    wanted = f" {' '.join(phrase.tokens)} "
    return bool(phrase.tokens) and wanted in view.spaced(FIELDS[phrase.scope].words)


def _has_value(field: Field, view: DocumentView) -> bool:
    value = view.value(field.name)
    if isinstance(value, list | tuple):
        return any(each in value for each in field.values)
    return value is not None and value in field.values


def _is_within(wanted: Range, view: DocumentView) -> bool:
    value = view.value(wanted.name)
    if value is None:
        return False
    is_late = wanted.lowest is None or value >= wanted.lowest
    return bool(is_late and (wanted.greatest is None or value <= wanted.greatest))


_MATCHES: Final[dict[type, Callable[[AnyValue, DocumentView], bool]]] = {
    All: lambda node, view: all(_MATCHES[type(each)](each, view) for each in node.nodes),
    Any: lambda node, view: any(_MATCHES[type(each)](each, view) for each in node.nodes),
    Not: lambda node, view: not _MATCHES[type(node.node)](node.node, view),
    Preferred: lambda node, view: matches(node.node, view),
    Word: _has_word,
    Phrase: _has_phrase,
    Prefix: lambda node, view: f" {node.token}" in view.spaced(FIELDS[node.scope].words),
    Letters: lambda node, view: node.token in view.spaced(FIELDS[node.scope].words),
    Field: _has_value,
    Range: _is_within,
}
