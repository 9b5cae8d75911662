"""A person's text cut into words, phrases, brackets and operators.

Every text can be cut: what is no sign of the language where it stands is part of a word or
nothing. So `it's`, `5" screen`, `foo - bar` or a smiley are asked for as they are meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Final

from rushes.search.words import tokens

FIELD_NAMES: Final = (
    *("said", "written", "object", "place", "person", "language", "library", "file"),
)
_FIELD = f"(?:(?P<field>{'|'.join(FIELD_NAMES)}):)?"
_QUOTES = str.maketrans("\u201c\u201d\u201e\u201f", '""""')
"""Keyboards set them as they like."""
# A quote behind a letter, as in 5", opens nothing.
_PIECE = re.compile(
    rf"""
      (?P<sign>[-+]?){_FIELD}(?:(?<!\w)"(?P<phrase>[^"]*)"|(?P<open>\())
    | (?P<close>\))
    | (?P<word>(?:[^\s"()]|(?<=\w)")+)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SIGNED_WORD = re.compile(rf"(?P<sign>[-+]?){_FIELD}(?P<rest>.+)", re.IGNORECASE | re.DOTALL)


class Kind(Enum):
    """What a piece is."""

    WORD = auto()
    PHRASE = auto()
    OPEN = auto()
    CLOSE = auto()
    OR = auto()
    AND = auto()
    NOT = auto()


_OPERATORS: Final = {"OR": Kind.OR, "AND": Kind.AND, "NOT": Kind.NOT}
_STARTS: Final = frozenset({Kind.WORD, Kind.PHRASE, Kind.OPEN, Kind.NOT})
_ENDS: Final = frozenset({Kind.WORD, Kind.PHRASE, Kind.CLOSE})


@dataclass(frozen=True, slots=True)
class Piece:
    """`text`: a word or a phrase as written. `field`: of `FIELD_NAMES`, of a leaf or a bracket."""

    kind: Kind
    text: str = ""
    tokens: tuple[str, ...] = ()
    field: str | None = None
    is_excluded: bool = False


def pieces(text: str) -> list[Piece]:
    """The pieces in order. Brackets are balanced and hold something, operators stand between."""
    return _with_sense(_balanced(_cut(text.translate(_QUOTES))))


def _cut(text: str) -> Iterator[Piece]:
    for found in _PIECE.finditer(text):
        if found["word"] is not None:
            piece = _word(found["word"])
        elif found["close"]:
            piece = Piece(Kind.CLOSE)
        else:
            phrase = found["phrase"]
            kind = Kind.OPEN if phrase is None else Kind.PHRASE
            words = tuple(tokens(phrase or ""))
            field = found["field"] and found["field"].lower()
            piece = Piece(kind, phrase or "", words, field, found["sign"] == "-")
        if piece.tokens or piece.kind not in (Kind.WORD, Kind.PHRASE):
            yield piece


def _word(text: str) -> Piece:
    if text in _OPERATORS:
        return Piece(_OPERATORS[text], text, tuple(tokens(text)))
    found = _SIGNED_WORD.fullmatch(text)
    if found and found["field"] and (words := tokens(found["rest"])):
        field = found["field"].lower()
        return Piece(Kind.WORD, found["rest"], tuple(words), field, found["sign"] == "-")
    # `-5` leaves out; `--all`, `-.5` and a dash of prose do not.
    is_excluded = text[0] == "-" and bool(tokens(text[1:2]))
    bare = text[1:] if is_excluded else text
    return Piece(Kind.WORD, bare, tuple(tokens(bare)), None, is_excluded)


def _balanced(cut: Iterator[Piece]) -> list[Piece]:
    """Without brackets that have no other one, or nothing between them."""
    kept: list[Piece | None] = []
    opened: list[int] = []
    for piece in cut:
        if piece.kind is Kind.CLOSE:
            if not opened:
                continue
            start = opened.pop()
            if not any(kept[start + 1 :]):
                del kept[start:]
                continue
        elif piece.kind is Kind.OPEN:
            opened.append(len(kept))
        kept.append(piece)
    for start in opened:
        kept[start] = None
    return [piece for piece in kept if piece]


def _with_sense(balanced: list[Piece]) -> list[Piece]:
    """An operator that has nothing to join is a word, such as the OR of `Portland OR`."""
    found = list(balanced)
    for index in range(len(found) - 1, -1, -1):
        piece = found[index]
        if piece.kind not in _OPERATORS.values():
            continue
        goes_on = index + 1 < len(found) and found[index + 1].kind in _STARTS
        follows = piece.kind is Kind.NOT or (index > 0 and found[index - 1].kind in _ENDS)
        if not (goes_on and follows):
            found[index] = replace(piece, kind=Kind.WORD)
    return found
