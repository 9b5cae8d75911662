"""A query as a tree. Both engines answer the same tree: one is told it, for one it is evaluated.

Its laws, for a document (see `rushes.search.documents`) and a scope, which is all text of a scene
or only one kind of it:

- `Word`: one of its lexemes is among the document's, or its words follow one another in one text;
  unless it `is_whole`, within the scope of on-screen text and of all text also: its letters stand
  within a line that is written on screen (see `rushes.search.query.fields.grams`).
- `Phrase`: the words follow one another in one text.
- `Prefix`: a word of a text begins with it.
- `Letters`: each is part of a word of a text.
- `Field`: the document has that value.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Scope(StrEnum):
    """Which texts of a document a leaf is looked for in."""

    ALL = "all"
    """What was said, is written on screen, objects, places, names of people, and the path."""
    TRANSCRIPT = "transcript"
    OCR = "ocr"
    OBJECT = "object"
    PLACE = "place"
    PERSON = "person"
    """Names of people; they have no lexemes."""
    PATH = "path"
    """Folders and name of the file; they have no lexemes."""


@dataclass(frozen=True, slots=True)
class Word:
    """`tokens`: one, or several such as `it's`; `lexemes`: of any language in use.

    `is_whole`: what is excluded, and stop words: `-cat` keeps a sign that says "category".
    """

    text: str
    tokens: tuple[str, ...]
    lexemes: tuple[str, ...]
    scope: Scope = Scope.ALL
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in a row, as they are written; at least one."""

    tokens: tuple[str, ...]
    scope: Scope = Scope.ALL


@dataclass(frozen=True, slots=True)
class Prefix:
    """The beginning of a word: `gard*`."""

    token: str
    scope: Scope = Scope.ALL


@dataclass(frozen=True, slots=True)
class Letters:
    """A part of a word, of at least two letters."""

    token: str
    scope: Scope = Scope.ALL


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the template that has one of the values, none of them split or stemmed."""

    name: str
    values: tuple[str | int | bool, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """A number or an RFC 3339 time between two, both included; None: open."""

    name: str
    lowest: int | str | None
    greatest: int | str | None


@dataclass(frozen=True, slots=True)
class All:
    """Every one of them; of none: everything."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """At least one of them."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Whatever the node does not match."""

    node: Node


@dataclass(frozen=True, slots=True)
class Preferred:
    """What matches `node`; what matches `bonus` too comes before. Such are words without weight."""

    node: Node
    bonus: Node


Node: TypeAlias = Word | Phrase | Prefix | Letters | Field | Range | All | Any | Not | Preferred
