"""Making trees from trees."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from rushes.search.query.tree import (
    All,
    Any,
    Letters,
    Node,
    Not,
    Phrase,
    Preferred,
    Prefix,
    Word,
)

Leaf: TypeAlias = Word | Phrase | Prefix | Letters
"""What is looked for in text."""


def all_of(nodes: Iterable[Node]) -> Node:
    """`All` without levels that say nothing."""
    flat: list[Node] = []
    for node in nodes:
        flat.extend(node.nodes if isinstance(node, All) else (node,))
    return flat[0] if len(flat) == 1 else All(tuple(flat))


def any_of(nodes: Iterable[Node]) -> Node:
    """`Any` without levels that say nothing; of none: nothing matches."""
    flat: list[Node] = []
    for node in nodes:
        flat.extend(node.nodes if isinstance(node, Any) else (node,))
    return flat[0] if len(flat) == 1 else Any(tuple(flat))


def positive_leaves(node: Node) -> Iterator[Leaf]:
    """What of a text has to be there or may be, in order; nothing that is excluded."""
    for leaf, is_excluded in _leaves(node, False):
        if not is_excluded:
            yield leaf


def excludes(node: Node) -> bool:
    """Whether anything is left out."""
    match node:
        case Not():
            return True
        case All(nodes) | Any(nodes):
            return any(map(excludes, nodes))
        case Preferred(inner, _):
            return excludes(inner)
    return False


def rebuilt(node: Node, change: Callable[[Node, bool], Node | None]) -> Node | None:
    """The tree with each leaf changed; `change` is told whether it is excluded, None drops it.

    A level that loses everything goes too; None where nothing is left.
    """
    return _rebuilt(node, change, False)


def _rebuilt(
    node: Node, change: Callable[[Node, bool], Node | None], is_excluded: bool
) -> Node | None:
    match node:
        case All(nodes) | Any(nodes):
            kept = [new for each in nodes if (new := _rebuilt(each, change, is_excluded))]
            join = all_of if isinstance(node, All) else any_of
            return join(kept) if kept or not nodes else None
        case Not(inner):
            left = _rebuilt(inner, change, not is_excluded)
            return Not(left) if left else None
        case Preferred(inner, bonus):
            left = _rebuilt(inner, change, is_excluded)
            return Preferred(left, bonus) if left else None
    return change(node, is_excluded)


def _leaves(node: Node, is_excluded: bool) -> Iterator[tuple[Leaf, bool]]:
    match node:
        case All(nodes) | Any(nodes):
            for each in nodes:
                yield from _leaves(each, is_excluded)
        case Not(inner):
            yield from _leaves(inner, not is_excluded)
        case Preferred(inner, _):
            yield from _leaves(inner, is_excluded)
        case Word() | Phrase() | Prefix() | Letters():
            yield node, is_excluded
