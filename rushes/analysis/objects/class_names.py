"""Names of a model's classes: from the metadata that ultralytics writes, or from a file."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Mapping
from pathlib import Path

_LONGEST_LITERAL = 1 << 20
_LARGEST_FILE = 1 << 20
_FILE_NAMES = ("{stem}.names", "{stem}.txt", "names.txt", "labels.txt", "classes.txt")
_HASH_DIGITS = 12


def parse_literal(text: str) -> object:
    """A Python literal, such as ultralytics writes into a model; None where it is none."""
    if len(text) > _LONGEST_LITERAL:
        return None
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None


def names_of_metadata(metadata: Mapping[str, str]) -> dict[int, str] | None:
    """The names under the key `names`; None where there are none or they cannot be read."""
    found = parse_literal(metadata.get("names", ""))
    if isinstance(found, list | tuple):
        found = dict(enumerate(found))
    if not isinstance(found, dict) or set(found) != set(range(len(found))):
        return None
    return _named([found[number] for number in range(len(found))]) or None


def names_file_beside(weights: Path) -> Path | None:
    """The file of class names, one a line, that lies beside the weights.

    It is called as the weights with `.names` or `.txt`, or names.txt, labels.txt, classes.txt.
    """
    candidates = (weights.with_name(name.format(stem=weights.stem)) for name in _FILE_NAMES)
    return next((path for path in candidates if path.is_file()), None)


def names_of_file(path: Path) -> dict[int, str] | None:
    """The names in a file, one a line; None where it cannot be read as such."""
    try:
        if path.stat().st_size > _LARGEST_FILE:
            return None
        lines = path.read_text(encoding="utf-8-sig").strip("\n").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    return _named(lines) or None


def names_file_identity(weights: Path) -> str | None:
    """sha256[:12] of the names file beside the weights; None where there is none."""
    path = names_file_beside(weights)
    if path is None or path.stat().st_size > _LARGEST_FILE:
        return None
    return hashlib.sha256(path.read_bytes()).hexdigest()[:_HASH_DIGITS]


def _named(names: list[object] | list[str]) -> dict[int, str]:
    """A label for each class; one without a name is called by its number."""
    return {number: str(name).strip() or f"class {number}" for number, name in enumerate(names)}
