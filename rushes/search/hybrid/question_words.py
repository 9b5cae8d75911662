"""What of a question can mean something: its words as a person would say them, without signs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from rushes.artifacts.vocabulary import EmbeddingKind
from rushes.search.query.limits import checked_text
from rushes.search.query.pieces import Kind, Piece, pieces
from rushes.search.query.tree import Scope

_SPEAKING: Final = {Scope.ALL, Scope.TRANSCRIPT, Scope.OCR}
"""Where words are meant as a text. Elsewhere they name a thing, and the scene must have it."""
_SCOPES: Final = {"said": Scope.TRANSCRIPT, "written": Scope.OCR}


@dataclass(frozen=True, slots=True)
class QuestionWords:
    """`text`: what is looked for by its meaning. `scopes`: where, of all, transcript and ocr."""

    text: str
    scopes: frozenset[Scope]

    @property
    def kinds(self) -> tuple[EmbeddingKind, ...]:
        """Pictures say nothing of what was said or written."""
        if Scope.ALL in self.scopes:
            return (EmbeddingKind.TEXT, EmbeddingKind.IMAGE)
        return (EmbeddingKind.TEXT,)

    @property
    def sources(self) -> list[str] | None:
        """Of which windows of text; None: of all, and pictures."""
        return None if Scope.ALL in self.scopes else sorted(self.scopes)


def question_words(text: str, scope: Scope) -> QuestionWords | None:
    """The words and phrases that are not excluded, in order; None where there are none.

    InvalidRequestError `query_too_long`.
    """
    said: list[str] = []
    scopes: set[Scope] = set()
    for piece, where in _positive(pieces(checked_text(text)), scope):
        if where in _SPEAKING:
            said.append(piece.text.removesuffix("*"))
            scopes.add(where)
    return QuestionWords(" ".join(said), frozenset(scopes)) if said else None


def _positive(found: list[Piece], scope: Scope) -> Iterator[tuple[Piece, Scope | None]]:
    """What is asked for, and where; a field that is no text has no scope."""
    is_excluded = False  # by a NOT right before
    around: list[tuple[bool, Scope | None]] = [(False, scope)]
    for piece in found:
        if piece.kind is Kind.NOT:
            is_excluded = not is_excluded
        elif piece.kind is Kind.CLOSE:
            around.pop()
        elif piece.kind in (Kind.OPEN, Kind.WORD, Kind.PHRASE):
            outer, where = around[-1]
            excluded = outer ^ is_excluded ^ piece.is_excluded
            if piece.field is not None:
                where = _SCOPES.get(piece.field)
            is_excluded = False
            if piece.kind is Kind.OPEN:
                around.append((excluded, where))
            elif not excluded:
                yield piece, where
