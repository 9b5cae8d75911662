"""An expression as a line of text: `person:Ann AND written:"way out" WITHIN 5s`.

    expression = together { OR together }
    together   = part { AND part } [ WITHIN duration ]
    part       = [ NOT ] ( "(" expression ")" | leaf )
    leaf       = kind:word | kind:"words" [ >= confidence ] | scene
    duration   = number ms | s | m

AND binds closer than OR. Words that join are known in any case; a value that is one of them, or
has a space or a parenthesis in it, is quoted. Within quotes `\\"` is a quote.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from rushes.errors import InvalidRequestError
from rushes.moments.expression import MAX_DEPTH, Asking, Node

MAX_CHARACTERS: Final = 4_000

_KINDS: Final = ("object", "person", "place", "said", "written")
_TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<open>\() | (?P<close>\))
      | (?P<leaf>[A-Za-z]+):(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s()"]+?))
        (?:>=(?P<least>[\d.]+))?(?=[\s()]|$)
      | (?P<word>[^\s():"]+)(?=[\s()]|$)
    )""",
    re.VERBOSE | re.DOTALL,
)
_DURATION: Final = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)(ms|s|min|m)", re.IGNORECASE)
_MS: Final = {"ms": 1, "s": 1_000, "m": 60_000, "min": 60_000}
_OPEN_AT_MOST: Final = 8 * MAX_DEPTH
"""Parentheses in one another; such as hold one thing alone add no level."""

_REMEDY: Final = 'write it as in: person:Ann AND (object:dog OR said:"good dog") WITHIN 5s'


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    """open, close, leaf, or the joining word in capitals; a duration is `word`."""
    text: str
    at: int
    node: dict[str, Any] | None = None


def parse(text: str) -> Node:
    """The expression that a line says. InvalidRequestError `bad_expression` names the character."""
    if len(text) > MAX_CHARACTERS:
        _refuse(MAX_CHARACTERS, f"there are more than {MAX_CHARACTERS} characters")
    made = _Reader(list(_tokens(text)), len(text)).whole()
    return Asking.of(made).expression


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text.rstrip()):
        found = _TOKEN.match(text, at)
        if found is None:
            _refuse(at, f"{text[at : at + 20].strip()!r} is not understood")
        kind = str(found.lastgroup if found["leaf"] is None else "leaf")
        start = found.start(kind)
        if kind == "leaf":
            yield _Token(kind, found["leaf"], start, _leaf(found, start))
        elif kind == "word" and found["word"].lower() == "scene":
            yield _Token("leaf", "scene", start, {"scene": True})
        elif kind == "word" and found["word"].upper() in ("AND", "OR", "NOT", "WITHIN"):
            yield _Token(found["word"].upper(), found["word"], start)
        else:
            yield _Token(kind, found[kind], start)
        at = found.end()


def _leaf(found: re.Match[str], at: int) -> dict[str, Any]:
    kind = found["leaf"].lower()
    if kind not in _KINDS:
        _refuse(at, f"{found['leaf']!r} is no kind: there are {', '.join(_KINDS)} and scene")
    quoted = found["quoted"]
    value = found["bare"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL)
    leaf: dict[str, Any] = {kind: value}
    if found["least"] is not None:
        try:
            leaf["min_confidence"] = float(found["least"])
        except ValueError:
            _refuse(found.start("least"), f"{found['least']!r} is no number")
    return leaf


class _Reader:
    """Goes down the grammar; each method reads one rule and returns it as the JSON form has it."""

    def __init__(self, tokens: list[_Token], end: int) -> None:
        self._tokens = tokens
        self._at = 0
        self._end = end
        self._open = 0

    def whole(self) -> dict[str, Any]:
        made = self._expression()
        if (left := self._next()) is not None:
            _refuse(left.at, f"{left.text!r} stands where AND, OR, WITHIN or the end could")
        return made

    def _expression(self) -> dict[str, Any]:
        parts = [self._together()]
        while self._took("OR"):
            parts.append(self._together())
        return parts[0] if len(parts) == 1 else {"any": parts}

    def _together(self) -> dict[str, Any]:
        parts = [self._part()]
        while self._took("AND"):
            parts.append(self._part())
        made = {"all": parts} if len(parts) > 1 or "not" in parts[0] else parts[0]
        if (within := self._took("WITHIN")) is None:
            return made
        if "all" not in made or "within_ms" in made:
            _refuse(within.at, "WITHIN says nothing here: it follows things joined by AND")
        return {**made, "within_ms": self._duration()}

    def _part(self) -> dict[str, Any]:
        if self._took("NOT"):
            return {"not": self._one()}
        return self._one()

    def _one(self) -> dict[str, Any]:
        if (opened := self._took("open")) is not None:
            self._open += 1
            if self._open > _OPEN_AT_MOST:
                _refuse(opened.at, "there are too many parentheses in one another")
            made = self._expression()
            if not self._took("close"):
                _refuse(opened.at, "this parenthesis is never closed")
            self._open -= 1
            return made
        token = self._took("leaf")
        if token is None or token.node is None:
            self._refuse_here("something like object:dog")
        return token.node

    def _duration(self) -> int:
        token = self._took("word")
        found = _DURATION.fullmatch(token.text) if token else None
        if found is None:
            self._at -= token is not None
            self._refuse_here("a duration such as 500ms, 5s or 2m")
        return round(float(found[1]) * _MS[found[2].lower()])

    def _next(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _took(self, kind: str) -> _Token | None:
        token = self._next()
        if token is None or token.kind != kind:
            return None
        self._at += 1
        return token

    def _refuse_here(self, wanted: str) -> NoReturn:
        token = self._next()
        if token is None:
            _refuse(self._end, f"it ends where {wanted} is missing")
        _refuse(token.at, f"{token.text!r} stands where {wanted} is missing")


def _refuse(at: int, why: str) -> NoReturn:
    raise InvalidRequestError(f"character {at + 1}: {why}", code="bad_expression", remedy=_REMEDY)
