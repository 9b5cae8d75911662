"""Where a backup knows faces, so that the faces of another analysis are known again. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

from rushes.export.records import BOX_UNITS, PlacedBox
from rushes.people.faces import Box, overlap

Key = TypeVar("Key", bound=Hashable)


class Anchors(Generic[Key]):
    """Places of faces by content, each under a key: a cluster, or an entry of the log.

    `least_overlap` is the IoU, 0..1, from which on two boxes are one face.
    """

    def __init__(
        self, places: Iterable[tuple[str, Key, Iterable[PlacedBox]]], least_overlap: float
    ) -> None:
        self._least_overlap = least_overlap
        self._by_content: dict[str, list[tuple[int, int, Box, Key]]] = {}
        for content, key, boxes in places:
            self._by_content.setdefault(content, []).extend(
                (start, end, _fractions(box), key) for start, end, *box in boxes
            )
        self._starts: dict[str, list[int]] = {}
        self._longest: dict[str, int] = {}
        for content, placed in self._by_content.items():
            placed.sort(key=lambda each: each[0])
            self._starts[content] = [start for start, *_ in placed]
            self._longest[content] = max(end - start for start, end, *_ in placed)

    @property
    def contents(self) -> set[str]:
        """The content hashes of the films that have any."""
        return set(self._by_content)

    def key_at(self, content: str, start_ms: int, end_ms: int, box: Box) -> Key | None:
        """Of the faces in view in that span, the key of the one that overlaps most.

        Of equals the one nearest in time. None where none overlaps enough.
        """
        if content not in self._by_content:
            return None
        placed, starts = self._by_content[content], self._starts[content]
        first = bisect_left(starts, start_ms - self._longest[content])
        found: tuple[float, int] | None = None
        key = None
        for start, end, other, of in placed[first : bisect_left(starts, end_ms)]:
            if end <= start_ms or (shared := overlap(box, other)) < self._least_overlap:
                continue
            rank = (shared, -abs(start - start_ms))
            if found is None or rank > found:
                found, key = rank, of
        return key


def _fractions(box: Iterable[int]) -> Box:
    left, top, right, bottom = (each / BOX_UNITS for each in box)
    return left, top, right, bottom
