"""A line of text as a reader gives it, and what a reader is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from rushes.media.pictures import Pixels

Polygon = tuple[tuple[float, float], ...]
"""Corners in pixels of the frame, clockwise from the upper left of the text."""


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle in pixels: [left, right) x [top, bottom)."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        """Pixels."""
        return self.bottom - self.top

    @property
    def area(self) -> float:
        """Square pixels; 0 where it is empty."""
        return max(0.0, self.right - self.left) * max(0.0, self.bottom - self.top)

    @property
    def centre(self) -> tuple[float, float]:
        """x and y."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def shared(self, other: Box) -> float:
        """Square pixels that both cover."""
        return Box(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        ).area

    def overlap(self, other: Box) -> float:
        """Intersection over union."""
        shared = self.shared(other)
        return shared / (self.area + other.area - shared) if shared else 0.0

    def grown(self, by: float) -> Box:
        """The box with a margin of `by` pixels on each side."""
        return Box(self.left - by, self.top - by, self.right + by, self.bottom + by)


@dataclass(frozen=True, slots=True)
class TextLine:
    """What a reader saw: where, what, and how sure it is (0..1)."""

    polygon: Polygon
    text: str
    score: float

    @property
    def box(self) -> Box:
        """The upright rectangle round the polygon."""
        across, down = zip(*self.polygon, strict=True)
        return Box(min(across), min(down), max(across), max(down))

    def as_json(self) -> dict[str, Any]:
        """For the raw output: pixels with one decimal, the score with four."""
        return {
            "polygon": [[round(x, 1), round(y, 1)] for x, y in self.polygon],
            "text": self.text,
            "score": round(self.score, 4),
        }

    @classmethod
    def of_json(cls, line: dict[str, Any]) -> TextLine:
        """What `as_json` gave."""
        polygon = tuple((float(x), float(y)) for x, y in line["polygon"])
        return cls(polygon, line["text"], float(line["score"]))


class TextReader(Protocol):
    """A model that reads pictures."""

    def read(self, pixels: Pixels) -> Sequence[TextLine]:
        """The lines of a picture (height, width, 3; BGR), sure or not, in reading order."""
