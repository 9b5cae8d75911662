"""Which fields of the index template a scope is looked for in, and as which grams letters are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rushes.search.query.tree import Scope

LEAST_LETTERS: Final = 3
GRAM_LETTERS: Final = 8
"""The shortest and the longest gram of the template's tokenizer `letters`."""
MOST_LETTERS: Final = 64
"""What is longer is looked for as words only: each eight of it cost a look-up."""


@dataclass(frozen=True, slots=True)
class ScopeFields:
    """`words` has the text, `lexemes` its stems, `letters` each part of its lines."""

    words: str
    lexemes: str | None = None
    letters: str | None = None


FIELDS: Final = {
    Scope.ALL: ScopeFields("text", "lexemes", "ocr_letters"),
    Scope.TRANSCRIPT: ScopeFields("transcript", "transcript_lexemes"),
    Scope.OCR: ScopeFields("ocr", "ocr_lexemes", "ocr_letters"),
    Scope.OBJECT: ScopeFields("object_words", "object_lexemes"),
    Scope.PLACE: ScopeFields("place_words", "place_lexemes"),
    Scope.PERSON: ScopeFields("person_words"),
    Scope.PATH: ScopeFields("path_words"),
}


def grams(tokens: Sequence[str]) -> tuple[str, ...]:
    """The parts of the words, with one blank between, that have to stand within one line each.

    The whole where it has at most eight letters, otherwise every eight and the last eight; none
    where the words have fewer than three letters or more than 64.
    """
    whole = " ".join(tokens)
    if sum(map(len, tokens)) < LEAST_LETTERS or len(whole) > MOST_LETTERS:
        return ()
    if len(whole) <= GRAM_LETTERS:
        return (whole,)
    starts = [*range(0, len(whole) - GRAM_LETTERS, GRAM_LETTERS), len(whole) - GRAM_LETTERS]
    return tuple(whole[start : start + GRAM_LETTERS] for start in starts)
