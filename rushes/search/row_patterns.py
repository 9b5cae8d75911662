"""Conditions on rows of text that hold wherever a leaf of a query may be found."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rushes.search.query.fields import grams
from rushes.search.query.shaping import Leaf
from rushes.search.query.tree import Letters, Phrase, Prefix, Word


def lexeme_query(leaves: Sequence[Leaf]) -> str | None:
    """A tsquery of any of the lexemes; None without one."""
    lexemes = [lexeme for leaf in leaves if isinstance(leaf, Word) for lexeme in leaf.lexemes]
    return " | ".join(map(_quoted, dict.fromkeys(lexemes))) or None


def text_pattern(leaves: Sequence[Leaf], *, on_screen: bool = False) -> str | None:
    """A regular expression of Postgres for any of the leaves, case aside; None without leaves.

    Words in a row may have anything between them, as documents are cut at other places than words
    of a person are. `on_screen`: parts of a long word may stand in different lines.
    """
    patterns = [_pattern(each, on_screen) for each in leaves]
    return "|".join(dict.fromkeys(filter(None, patterns))) or None


def _pattern(leaf: Leaf, on_screen: bool) -> str:
    match leaf:
        case Word():
            parts = grams(leaf.tokens) if on_screen else ()
            words = parts[0].split() if parts else leaf.tokens
            return ".*".join(map(_as_written, words))
        case Phrase():
            return ".*".join(map(_as_written, leaf.tokens))
        case Prefix() | Letters():
            return _as_written(leaf.token)


def _as_written(token: str) -> str:
    """A word in all the ways in which it may be written, case aside."""
    return re.escape(token).replace("ss", "(?:ss|ß)").replace("σ", "[σς]")


def _quoted(lexeme: str) -> str:
    escaped = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
