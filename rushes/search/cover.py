"""What a document must hold at least, so that few have to be looked at: leaves in groups.

A document that matches has at least one leaf of every group.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from rushes.search.query.shaping import Leaf
from rushes.search.query.tree import (
    All,
    Any,
    Field,
    Letters,
    Node,
    Phrase,
    Preferred,
    Prefix,
    Word,
)

Held: TypeAlias = Leaf | Field
Group: TypeAlias = tuple[Held, ...]

FIELDS_OF_ROWS: Final = ("objects", "places", "people")
"""Values of these stand in rows that are asked for them."""


def groups(node: Node) -> list[Group]:
    """Of which each match has one; none where what matches need not hold anything."""
    match node:
        case Word() | Phrase() | Prefix() | Letters():
            return [(node,)]
        case Field(name=name):
            return [(node,)] if name in FIELDS_OF_ROWS else []
        case All(nodes):
            return list(dict.fromkeys(group for each in nodes for group in groups(each)))
        case Any(nodes):
            return _of_any([groups(each) for each in nodes])
        case Preferred(node=preferred):
            return groups(preferred)
        case _:
            return []


def _of_any(alternatives: list[list[Group]]) -> list[Group]:
    """One group of each alternative, joined; none where one of them need not hold anything."""
    if not all(alternatives):
        return []
    smallest = [min(each, key=len) for each in alternatives]
    return [tuple(dict.fromkeys(held for group in smallest for held in group))]
