"""Which documents a query finds: the parsed tree evaluated in Python, with Quickwit's meaning."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from quickwit.node.mapping.config import IndexConfig
from quickwit.node.mapping.fields import FieldMapping
from quickwit.node.messages import BadRequestError, NotServedError
from quickwit.node.query_tree.parsing import Tree, parse

Document = Mapping[str, Any]
Matches = Callable[[Document], bool]


def compiled(config: IndexConfig, query: str, search_fields: Sequence[str]) -> Matches:
    """The test that a document of this index has to pass. `BadRequestError` for a wrong query."""
    names = tuple(search_fields) or config.default_search_fields
    for name in names:
        _indexed(config, name)
    return _compiled(config, _parsed(query), names)


@lru_cache(maxsize=256)
def _parsed(query: str) -> Tree:
    return parse(query)


def values_of(document: Document, name: str) -> list[Any]:
    """The values of a field, none where the document has it not."""
    value = document.get(name)
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def _compiled(config: IndexConfig, tree: Tree, names: tuple[str, ...]) -> Matches:
    match tree["type"]:
        case "bool":
            return _bool(config, tree, names)
        case "literal":
            return _literal(config, tree, names)
        case "set":
            field = _indexed(config, tree["field"])
            wanted = {_value(field, element) for element in tree["elements"]}
            return lambda document: not wanted.isdisjoint(values_of(document, field.name))
        case "range":
            return _range(_fast(config, tree["field"]), tree["lower"], tree["upper"])
        case "exists":
            field = _fast(config, tree["field"])
            return lambda document: bool(values_of(document, field.name))
        case "all":
            return lambda document: True
    raise NotServedError(f"the model does not serve {tree['type']} queries")


def _bool(config: IndexConfig, tree: Tree, names: tuple[str, ...]) -> Matches:
    clauses = [(occur, _compiled(config, clause, names)) for occur, clause in tree["clauses"]]
    without = [one for occur, one in clauses if occur == "must_not"]
    anyone = [one for occur, one in clauses if occur == "should"]
    needed = [one for occur, one in clauses if occur not in ("must_not", "should")]

    def matches(document: Document) -> bool:
        if any(one(document) for one in without):
            return False
        if needed:
            return all(one(document) for one in needed)
        return any(one(document) for one in anyone) if anyone else bool(without)

    return matches


def _literal(config: IndexConfig, tree: Tree, names: tuple[str, ...]) -> Matches:
    name = tree["field_name"]
    fields = [_indexed(config, each) for each in ((name,) if name is not None else names)]
    if not fields:
        raise BadRequestError("invalid query: no default search field and none given")
    found = [_literal_in(field, tree["phrase"]) for field in fields]
    return lambda document: any(one(document) for one in found)


def _literal_in(field: FieldMapping, phrase: str) -> Matches:
    if field.type != "text" or field.tokenizer == "raw":
        wanted = _value(field, phrase)
        return lambda document: wanted in values_of(document, field.name)
    if field.tokenizer != "whitespace":
        raise NotServedError(f"the model does not serve the tokenizer {field.tokenizer!r}")
    words = phrase.split()

    def matches(document: Document) -> bool:
        return any(_holds(value.split(), words) for value in values_of(document, field.name))

    return matches


def _holds(text: list[str], words: list[str]) -> bool:
    """Whether the words follow one another in the text."""
    places = range(len(text) - len(words) + 1)
    return bool(words) and any(text[at : at + len(words)] == words for at in places)


def _range(field: FieldMapping, lower: Mapping[str, str], upper: Mapping[str, str]) -> Matches:
    if field.type == "text":
        raise NotServedError("the model does not serve ranges of text")
    low, high = (
        _value(field, each["value"]) if "value" in each else None for each in (lower, upper)
    )

    def holds(value: Any) -> bool:
        if low is not None and (value < low or (value == low and lower["type"] != "inclusive")):
            return False
        return high is None or value < high or (value == high and upper["type"] == "inclusive")

    return lambda document: any(holds(value) for value in values_of(document, field.name))


def _value(field: FieldMapping, text: str) -> Any:
    if field.type == "text":
        return text
    if field.type == "bool" and text in ("true", "false"):
        return text == "true"
    try:
        return {"u64": int, "i64": int, "f64": float}[field.type](text)
    except (KeyError, ValueError):
        raise BadRequestError(f"invalid query: {text!r} is no {field.type}") from None


def _indexed(config: IndexConfig, name: str | None) -> FieldMapping:
    field = config.fields.get(name or "")
    if field is None:
        raise BadRequestError(f"invalid query: field does not exist: `{name}`")
    if not field.is_indexed:
        raise BadRequestError(f"invalid query: the field `{name}` is not indexed")
    return field


def _fast(config: IndexConfig, name: str | None) -> FieldMapping:
    field = config.fields.get(name or "")
    if field is None or not field.is_fast:
        raise BadRequestError(f"invalid query: the field `{name}` is not a fast field")
    return field
