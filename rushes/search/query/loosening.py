"""What is asked where the words as written find nothing."""

from __future__ import annotations

from typing import Final

from rushes.search.query.shaping import all_of, any_of, excludes, positive_leaves, rebuilt
from rushes.search.query.tree import All, Any, Field, Letters, Node, Prefix, Range, Word

LEAST_LETTERS: Final = 2
MAX_PARTS: Final = 12
"""Each is compared with every word of the index."""


def letters(node: Node) -> Node | None:
    """Each word may be a part of one. None where no word is of two letters, or there are many.

    Phrases stay, and so does what is excluded.
    """
    count = 0

    def loosened(leaf: Node, is_excluded: bool) -> Node:
        nonlocal count
        if is_excluded or not isinstance(leaf, Word | Prefix):
            return leaf
        tokens = leaf.tokens if isinstance(leaf, Word) else (leaf.token,)
        long = [each for each in tokens if len(each) >= LEAST_LETTERS]
        count += len(long)
        return all_of(Letters(each, leaf.scope) for each in long) if long else leaf

    found = rebuilt(node, loosened)
    return found if 0 < count <= MAX_PARTS else None


def any_word(node: Node) -> Node | None:
    """Any of the words is enough; the conditions of fields beside them still hold.

    None for what excludes something, has one word only, or has fields among alternatives.
    """
    parts = node.nodes if isinstance(node, All) else (node,)
    fields = [part for part in parts if isinstance(part, Field | Range)]
    texts = [part for part in parts if not isinstance(part, Field | Range)]
    if excludes(node) or len(texts) < 2 or any(map(_has_field, texts)):
        return None
    words = any_of(leaf for part in texts for leaf in positive_leaves(part))
    return all_of([*fields, words])


def _has_field(node: Node) -> bool:
    match node:
        case All(nodes) | Any(nodes):
            return any(map(_has_field, nodes))
    return isinstance(node, Field | Range)
