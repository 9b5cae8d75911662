"""Query text to a tree of dicts, safely.

The parser recurses, so that deep nesting ends the process; what could be deep is refused before.
Sets of thousands of numbers are cut out first: they come again and again unchanged, and parsing
them anew would cost more than the search.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import tantivy

from quickwit.node.messages import BadRequestError

MAX_DEPTH = 50
MAX_RAW_BRACKETS = 500
"""Brackets open at once where those inside of quotes count too: the parser may see no quotes."""
MAX_QUERY_BYTES = 1024 * 1024
MIN_CUT_LETTERS = 200

_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"', re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")
_BRACKETS = re.compile(r"[()]")
_NEGATIONS = re.compile(rf"(?:[-+]?\s*NOT\b\s*[-+]?\s*){{{MAX_DEPTH + 1},}}")
_LONG_SET = re.compile(rf"""\bIN \[([0-9" ]{{{MIN_CUT_LETTERS},}})\]""")
_NUMBERS = re.compile(r'(?: *(?:"[0-9]+"|[0-9]+)(?![0-9"]))* *')
KEPT_TEXTS = 64

Tree = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Parsed:
    """A tree whose long sets are each one placeholder; `sets` has the numbers behind each."""

    tree: Tree
    sets: dict[str, str]


def parse(text: str) -> Tree:
    """The whole tree. `BadRequestError` for text that does not parse, is too long or too deep."""
    check_limits(text)
    return _parse(text)


def parse_with_sets_cut(text: str) -> Parsed:
    """The tree with long sets of numbers left as text. Errors as `parse`."""
    sets: dict[str, str] = {}
    marker = f"cut{secrets.token_hex(8)}n" if len(text) > MIN_CUT_LETTERS else ""

    def cut(found: re.Match[str]) -> str:
        numbers = found[1]
        if not _are_numbers(numbers):
            return found[0]
        name = f"{marker}{len(sets)}"
        sets[name] = numbers
        return f"IN [{name}]"

    shortened = _LONG_SET.sub(cut, text) if marker else text
    if not sets:
        return Parsed(parse(text), sets)
    check_limits(shortened)
    try:
        tree = _parse(shortened)
    except BadRequestError:  # of which the whole text is shown, if it is wrong at all
        return Parsed(parse(text), {})
    if _count_cut(tree, sets) != len(sets):  # one of them was no set, but quoted text
        return Parsed(parse(text), {})
    return Parsed(tree, sets)


@lru_cache(KEPT_TEXTS)
def _are_numbers(text: str) -> bool:
    """Whether a text is numbers, each in quotes or not, and nothing else."""
    return _NUMBERS.fullmatch(text) is not None


def check_limits(text: str) -> None:
    """Refuse what could be too much for the parser."""
    if len(text) > MAX_QUERY_BYTES:
        raise BadRequestError(f"the query is too long, at most {MAX_QUERY_BYTES} bytes")
    if not text.isascii() and _SURROGATE.search(text):
        raise BadRequestError("the query holds half a surrogate pair")
    if text.count("(") > MAX_DEPTH:
        unquoted = _depth(_QUOTED.sub("", text))
        if unquoted > MAX_DEPTH or _depth(text) > MAX_RAW_BRACKETS:
            raise BadRequestError(f"the query is nested too deep, at most {MAX_DEPTH} levels")
    if text.count("NOT") > MAX_DEPTH and _NEGATIONS.search(text):
        raise BadRequestError(f"the query is nested too deep, at most {MAX_DEPTH} levels")


def _depth(text: str) -> int:
    depth = deepest = 0
    for bracket in _BRACKETS.findall(text):
        depth = depth + 1 if bracket == "(" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest


def _parse(text: str) -> Tree:
    try:
        return tantivy.parse_query(text)
    except ValueError as error:
        shown = text if len(text) <= 200 else text[:200] + "..."
        raise BadRequestError(f"failed to parse query: `{shown}`") from error


def _count_cut(tree: Tree, sets: dict[str, str]) -> int:
    match tree["type"]:
        case "bool":
            return sum(_count_cut(clause, sets) for _, clause in tree["clauses"])
        case "boost":
            return _count_cut(tree["underlying"], sets)
        case "set":
            return int(len(tree["elements"]) == 1 and tree["elements"][0] in sets)
    return 0
