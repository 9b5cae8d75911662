"""Whether two readings are one text, and whether two lines are in one place."""

from __future__ import annotations

from rushes.analysis.ocr.lines import Box


def plain(text: str) -> str:
    """What counts of a text: letters and digits, small, without spaces and signs."""
    return "".join(char for char in text.casefold() if char.isalnum())


def similarity(first: str, second: str) -> float:
    """1 - Levenshtein distance / longer length, of the plain texts. 0 where numbers differ.

    Counters, takes and times are other texts although nearly all of their letters are the same.
    """
    one, two = plain(first), plain(second)
    if one == two:
        return 1.0
    if _digits(one) != _digits(two):
        return 0.0
    return 1.0 - _distance(one, two) / max(len(one), len(two))


def in_one_place(first: Box, second: Box, *, overlap: float, distance: float) -> bool:
    """Whether boxes share `overlap` of their union, or centres lie `distance` heights apart."""
    if first.overlap(second) >= overlap:
        return True
    return centre_distance(first, second) <= distance * min(first.height, second.height)


def centre_distance(first: Box, second: Box) -> float:
    """Pixels between the centres."""
    (x, y), (other_x, other_y) = first.centre, second.centre
    return float(((x - other_x) ** 2 + (y - other_y) ** 2) ** 0.5)


def _digits(text: str) -> str:
    return "".join(char for char in text if char.isdigit())


def _distance(first: str, second: str) -> int:
    """Levenshtein's: insertions, deletions and substitutions."""
    row = list(range(len(second) + 1))
    for place, char in enumerate(first, 1):
        before, row[0] = row[0], place
        for column, other in enumerate(second, 1):
            here = min(row[column] + 1, row[column - 1] + 1, before + (char != other))
            before, row[column] = row[column], here
    return row[-1]
