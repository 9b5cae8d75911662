"""A person's text to a tree.

    words            all of them, in any inflection
    "a phrase"       the words in a row, as written
    a OR b, a AND b  AND binds closer; ( ) to group
    -a, NOT a        without it; before a phrase or a bracket also
    gard*            the beginning of a word
    said:a           in one kind of text only, see `pieces.FIELD_NAMES`

Any text has a meaning here: what is not said in this way is plain words. Nothing of it reaches
an engine but as a literal of the tree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from rushes.search.query import limits
from rushes.search.query.fields import FIELDS
from rushes.search.query.lexemes import LexemesOf, WordLexemes
from rushes.search.query.loosening import any_word, letters
from rushes.search.query.pieces import Kind, Piece, pieces
from rushes.search.query.shaping import all_of, any_of, positive_leaves, rebuilt
from rushes.search.query.tree import (
    All,
    Field,
    Node,
    Not,
    Phrase,
    Preferred,
    Prefix,
    Scope,
    Word,
)
from rushes.search.words import tokens

LEAST_PREFIX: Final = 2
_SCOPES: Final = {
    "said": Scope.TRANSCRIPT,
    "written": Scope.OCR,
    "object": Scope.OBJECT,
    "place": Scope.PLACE,
    "person": Scope.PERSON,
    "file": Scope.PATH,
}
_NO_LEXEMES: Final = WordLexemes(())


@dataclass(frozen=True, slots=True)
class Query:
    """A text in the strengths that are tried in turn; None where one would find nothing more.

    `letters`: each word may be a part of one. `any_word`: any of the words is enough.
    """

    node: Node
    letters: Node | None = None
    any_word: Node | None = None


def parse(text: str, scope: Scope, lexemes_of: LexemesOf) -> Query:
    """What a text asks for; a blank one for everything.

    `scope`: where words without a field are looked for. `lexemes_of` is asked at most once.
    InvalidRequestError `query_too_long`, `query_too_complex`, or `empty_query` where it has signs
    only.
    """
    cleaned = limits.checked_text(text)
    if not cleaned:
        return Query(All(()))
    found = pieces(cleaned)
    _check(found)
    words = [p.text for p in found if p.kind is Kind.WORD and _has_lexemes(p)]
    lexemes = lexemes_of(words) if words else {}
    whole = _Parser(found, scope, lexemes).whole()
    stops = frozenset(word for word, each in lexemes.items() if each.is_left_out)
    node, bonus = _without(stops, whole)
    return Query(Preferred(node, bonus) if bonus else node, letters(node), any_word(node))


def _check(found: Sequence[Piece]) -> None:
    depth = count = 0
    for piece in found:
        depth += (piece.kind is Kind.OPEN) - (piece.kind is Kind.CLOSE)
        count += piece.kind in (Kind.WORD, Kind.PHRASE)
        if depth > limits.MAX_DEPTH:
            raise limits.too_deep()
    if not count:
        raise limits.no_words()
    if count > limits.MAX_WORDS:
        raise limits.too_many_words(count)


def _without(stops: frozenset[str], whole: Node) -> tuple[Node, Node | None]:
    """The tree without stop words, and what they are good for; with them where nothing else would
    be left to look for."""

    def is_stop(node: Node) -> bool:
        return isinstance(node, Word) and bool(node.lexemes) and node.text in stops

    def kept(leaf: Node, is_excluded: bool) -> Node:
        if isinstance(leaf, Word) and (is_excluded or is_stop(leaf)):
            return replace(leaf, is_whole=True)
        return leaf

    marked = rebuilt(whole, kept) or whole
    leaves = list(positive_leaves(marked))
    if all(map(is_stop, leaves)):
        return marked, None
    node = rebuilt(marked, lambda leaf, _: None if is_stop(leaf) else leaf)
    assert node is not None, "another leaf remains"
    preferred = [leaf for leaf in leaves if is_stop(leaf)]
    return node, any_of(preferred) if preferred else None


def _has_lexemes(piece: Piece) -> bool:
    if piece.field is None:
        return True
    scope = _SCOPES.get(piece.field)
    return scope is not None and FIELDS[scope].lexemes is not None


class _Parser:
    """Pieces to a tree; an OR of ANDs of what may be excluded."""

    def __init__(
        self, found: Sequence[Piece], scope: Scope, lexemes: Mapping[str, WordLexemes]
    ) -> None:
        self._pieces = found
        self._next = 0
        self._scope = scope
        self._lexemes = lexemes

    def whole(self) -> Node:
        return self._alternatives(None)

    def _alternatives(self, field: str | None) -> Node:
        nodes = [self._conjunction(field)]
        while self._takes(Kind.OR):
            nodes.append(self._conjunction(field))
        return any_of(nodes)

    def _conjunction(self, field: str | None) -> Node:
        nodes = [self._operand(field)]
        while self._kind() not in (None, Kind.OR, Kind.CLOSE):
            self._takes(Kind.AND)
            nodes.append(self._operand(field))
        return all_of(nodes)

    def _operand(self, field: str | None) -> Node:
        is_excluded = False
        while self._takes(Kind.NOT):
            is_excluded = not is_excluded
        piece = self._pieces[self._next]
        self._next += 1
        field = piece.field or field
        if piece.kind is Kind.OPEN:
            node = self._alternatives(field)
            self._next += 1  # the bracket that closes
        else:
            node = self._leaf(piece, field)
        return Not(node) if is_excluded is not piece.is_excluded else node

    def _leaf(self, piece: Piece, field: str | None) -> Node:
        if field == "language":
            return Field("languages", (piece.text.strip().casefold(),))
        if field == "library":
            return Field("library_slug", (piece.text.strip(),))
        scope = _SCOPES[field] if field else self._scope
        if piece.kind is Kind.PHRASE:
            return Phrase(piece.tokens, scope)
        if token := _prefix(piece):
            return Prefix(token, scope)
        known = self._lexemes.get(piece.text, _NO_LEXEMES) if FIELDS[scope].lexemes else _NO_LEXEMES
        return Word(piece.text, piece.tokens, known.lexemes, scope)

    def _kind(self) -> Kind | None:
        return self._pieces[self._next].kind if self._next < len(self._pieces) else None

    def _takes(self, kind: Kind) -> bool:
        if self._kind() is not kind:
            return False
        self._next += 1
        return True


def _prefix(piece: Piece) -> str | None:
    """The beginning that is asked for: one word, letters only, and a star behind it."""
    bare = piece.text.removesuffix("*")
    is_one = len(piece.tokens) == 1 and len(piece.tokens[0]) >= LEAST_PREFIX
    is_plain = bare != piece.text and bool(tokens(bare[-1:])) and "*" not in bare
    return piece.tokens[0] if is_one and is_plain else None
