"""The lexemes of what is asked for, in every language that a text may be in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from sqlalchemy import Connection

from rushes.db.reading import kept

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class WordLexemes:
    """`lexemes`: one of any language is enough; `is_left_out`: of the index of some language."""

    lexemes: tuple[str, ...]
    is_left_out: bool = False


LexemesOf: TypeAlias = Callable[[Sequence[str]], Mapping[str, WordLexemes]]
"""The lexemes of each of the words; a word that is not there has none."""


def query_lexemes(connection: Connection, words: Sequence[str]) -> dict[str, WordLexemes]:
    """Word as written -> its lexemes in all languages in use, in English and unstemmed.

    What a language takes for several words (`RE-16`) has no lexeme of that language: any one of
    them would be too little. One statement; none without words.
    """
    if not words:
        return {}
    rows = kept(_HERE, "query_lexemes").rows(connection, {"words": sorted(set(words))})
    return {row.word: WordLexemes(tuple(row.lexemes or ()), row.is_left_out) for row in rows}
