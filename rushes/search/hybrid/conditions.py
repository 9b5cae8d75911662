"""What a text demands of a scene that is found by meaning and need not have the words."""

from __future__ import annotations

from typing import Final

from rushes.search.query.shaping import rebuilt
from rushes.search.query.tree import All, Letters, Node, Phrase, Prefix, Scope, Word

_SPOKEN: Final = (Scope.ALL, Scope.TRANSCRIPT, Scope.OCR)
_NOTHING: Final = All(())


def conditions(wanted: Node) -> Node:
    """The tree in which the words that are asked for hold of any scene.

    Excluded words stay, and so do names: of things, places, people, files, languages, libraries.
    Whatever matches `wanted` matches this.
    """

    def lifted(leaf: Node, is_excluded: bool) -> Node:
        is_word = isinstance(leaf, Word | Phrase | Prefix | Letters) and leaf.scope in _SPOKEN
        return _NOTHING if is_word and not is_excluded else leaf

    return rebuilt(wanted, lifted) or _NOTHING
