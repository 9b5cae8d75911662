"""Tokenizers of a config."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from quickwit.node.mapping.fields import BUILT_IN_TOKENIZERS
from quickwit.node.mapping.keys import a_flag, a_list, an_object, known_only
from quickwit.node.messages import BadRequestError

FILTERS = ("lower_caser", "ascii_folding", "remove_long")
MAX_GRAM = 100

_KEYS: dict[str, tuple[str, ...]] = {
    "simple": (),
    "regex": ("pattern",),
    "ngram": ("min_gram", "max_gram", "prefix_only"),
}


@dataclass(frozen=True, slots=True)
class TokenizerConfig:
    """A custom tokenizer. Grams are counted in characters."""

    name: str
    type: str
    filters: tuple[str, ...] = ()
    pattern: str = ""
    min_gram: int = 0
    max_gram: int = 0
    is_prefix_only: bool = False


def parse_tokenizers(raw: object) -> dict[str, TokenizerConfig]:
    """Custom tokenizers by name, from `doc_mapping.tokenizers`."""
    found: dict[str, TokenizerConfig] = {}
    for entry in a_list("tokenizers", raw):
        tokenizer = _parse(an_object("tokenizers", entry))
        if tokenizer.name in found:
            raise BadRequestError(f"duplicated custom tokenizer `{tokenizer.name}`")
        found[tokenizer.name] = tokenizer
    return found


def _parse(given: Mapping[str, Any]) -> TokenizerConfig:
    name, kind = given.get("name"), given.get("type")
    where = f"tokenizer `{name}`"
    if not isinstance(name, str) or not name or name in BUILT_IN_TOKENIZERS:
        raise BadRequestError(f"{where}: the name is empty or taken by a built-in tokenizer")
    if not isinstance(kind, str) or kind not in _KEYS:
        raise BadRequestError(f"{where}: unknown type `{kind}`")
    known_only(where, given, ("name", "type", "filters", *_KEYS[kind]))
    filters = a_list(where, given.get("filters", []))
    if unknown := [wanted for wanted in filters if wanted not in FILTERS]:
        raise BadRequestError(f"{where}: unknown filter `{unknown[0]}`")
    if kind == "regex":
        return TokenizerConfig(name, kind, tuple(filters), pattern=_pattern(where, given))
    if kind == "ngram":
        low, high = _grams(where, given)
        prefix_only = a_flag(where, given, "prefix_only", False)
        return TokenizerConfig(
            name, kind, tuple(filters), min_gram=low, max_gram=high, is_prefix_only=prefix_only
        )
    return TokenizerConfig(name, kind, tuple(filters))


def _pattern(where: str, given: Mapping[str, Any]) -> str:
    pattern = given.get("pattern")
    try:
        re.compile(pattern if isinstance(pattern, str) else "(")
    except re.error as error:
        raise BadRequestError(f"{where}: invalid pattern: {error}") from error
    return str(pattern)


def _grams(where: str, given: Mapping[str, Any]) -> tuple[int, int]:
    low, high = given.get("min_gram"), given.get("max_gram")
    for value in (low, high):
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_GRAM:
            raise BadRequestError(
                f"{where}: `min_gram` and `max_gram` have to be whole numbers > 0"
            )
    assert isinstance(low, int)
    assert isinstance(high, int)
    if low > high:
        raise BadRequestError(f"{where}: `min_gram` is over `max_gram`")
    return low, high
