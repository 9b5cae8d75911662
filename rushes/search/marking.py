"""Marks in a text what a query is found by, word by word, as the documents are cut into words."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

from rushes.search.moment import MARK_END, MARK_START, MARKS
from rushes.search.query.shaping import Leaf
from rushes.search.query.tree import Letters, Phrase, Prefix, Scope, Word
from rushes.search.words import tokens

Stems: TypeAlias = Callable[[str], frozenset[str]]
"""The lexemes of a word, in the language of the text that it stands in."""
_WITHOUT_MARKS: Final = str.maketrans("", "", MARKS)
_NONE: Final = frozenset[str]()
_LETTERS_ON_SCREEN: Final = 3
"""From so many on a word is found within what is written."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A word of a text and where it stands in it."""

    token: str
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Marked:
    """A text with marks, and which of the leaves they are for, by their positions."""

    text: str
    leaves: frozenset[int]


def no_stems(_: str) -> frozenset[str]:
    """For names and paths, which are found as they are written."""
    return _NONE


def mark(text: str, source: str, leaves: Sequence[Leaf], stems: Stems) -> Marked:
    """`text` with marks around all that one of the leaves means. `source`: where it was found."""
    plain = text.translate(_WITHOUT_MARKS)
    words = placed(plain)
    spans: list[tuple[int, int]] = []
    found = set()
    for position, leaf in enumerate(leaves):
        if leaf.scope not in (Scope.ALL, source):
            continue
        own = list(_spans(leaf, words, stems, within=source == Scope.OCR))
        if own:
            found.add(position)
            spans += own
    return Marked(_with_marks(plain, spans), frozenset(found))


@lru_cache(maxsize=4096)
def placed(text: str) -> tuple[Placed, ...]:
    """The words of a text in order, each with its place in the text as it is written."""
    normal, places = _normal(text)
    position, words = 0, list[Placed]()
    for token in tokens(text):
        begin = normal.find(token, position)
        if begin < 0:
            continue
        position = begin + len(token)
        words.append(Placed(token, places[begin], places[position - 1] + 1))
    return tuple(words)


def _spans(
    leaf: Leaf, words: Sequence[Placed], stems: Stems, *, within: bool
) -> Iterator[tuple[int, int]]:
    """`within`: parts of words count too, as on screen, where words run into one another."""
    match leaf:
        case Word():
            yield from _runs(leaf.tokens, words)
            if leaf.lexemes and stems is not no_stems:
                lexemes = frozenset(leaf.lexemes)
                for each in words:
                    if not lexemes.isdisjoint(stems(each.token)):
                        yield each.begin, each.end
            letters = "".join(leaf.tokens)
            if within and len(letters) >= _LETTERS_ON_SCREEN:
                yield from _parts(letters, words)
        case Phrase():
            yield from _runs(leaf.tokens, words)
        case Prefix():
            yield from (
                (each.begin, each.end) for each in words if each.token.startswith(leaf.token)
            )
        case Letters():
            yield from _parts(leaf.token, words)


def _runs(wanted: Sequence[str], words: Sequence[Placed]) -> Iterator[tuple[int, int]]:
    """Where these words follow one another."""
    count = len(wanted)
    if count == 1:
        token = wanted[0]
        for each in words:
            if each.token == token:
                yield each.begin, each.end
        return
    for first in range(len(words) - count + 1 if count else 0):
        if words[first].token == wanted[0] and all(
            words[first + more].token == wanted[more] for more in range(1, count)
        ):
            yield words[first].begin, words[first + count - 1].end


def _parts(letters: str, words: Sequence[Placed]) -> Iterator[tuple[int, int]]:
    """Where these letters are part of a word; the whole word where its letters were rewritten."""
    for each in words:
        offset = each.token.find(letters)
        if offset < 0:
            continue
        if each.end - each.begin == len(each.token):
            yield each.begin + offset, each.begin + offset + len(letters)
        else:
            yield each.begin, each.end


def _with_marks(text: str, spans: Sequence[tuple[int, int]]) -> str:
    if not spans:
        return text
    parts, position = [], 0
    for begin, end in _joined(spans):
        parts += [text[position:begin], MARK_START, text[begin:end], MARK_END]
        position = end
    return "".join([*parts, text[position:]])


def _joined(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Without overlaps, in order."""
    joined: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if joined and begin < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined


def _normal(text: str) -> tuple[str, Sequence[int]]:
    """The text as `tokens` sees it, and of each of its characters the place in `text`."""
    normal = unicodedata.normalize("NFKC", text).casefold()
    if len(normal) == len(text):
        return normal, range(len(text))
    parts = [_normal_letter(each) for each in text]
    places = [place for place, part in enumerate(parts) for _ in part]
    return "".join(parts), places


@lru_cache(maxsize=4096)
def _normal_letter(letter: str) -> str:
    return unicodedata.normalize("NFKC", letter).casefold()
