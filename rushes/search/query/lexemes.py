"""The lexemes of what is asked for, in every language that a text may be in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class WordLexemes:
    """`lexemes`: one of any language is enough; `is_left_out`: of the index of some language.

    What a language takes for several words (`RE-16`) has no lexeme of that language: any one of
    them would be too little.
    """

    lexemes: tuple[str, ...]
    is_left_out: bool = False


LexemesOf: TypeAlias = Callable[[Sequence[str]], Mapping[str, WordLexemes]]
"""The lexemes of each of the words; a word that is not there has none."""


def word_lexemes(
    rows: Iterable[tuple[str, Sequence[str] | None, bool]] | None,
) -> dict[str, WordLexemes]:
    """Word as written -> its lexemes; `rows` as `snapshot.sql` has them."""
    return {
        word: WordLexemes(tuple(lexemes or ()), is_left_out)
        for word, lexemes, is_left_out in rows or ()
    }
