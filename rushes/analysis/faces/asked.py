"""Faces of a picture that somebody asks with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rushes.analysis.faces.face import Face, Floats


@dataclass(frozen=True, slots=True)
class EmbeddedFace:
    """A face: its box in pixels of the picture, and how well it can be recognised, 0..1.

    `vector`: float32 values, little endian, of length one; None of a face that is too poor.
    """

    x: float
    y: float
    width: float
    height: float
    score: float
    quality: float
    vector: bytes | None

    @classmethod
    def of(cls, face: Face, quality: float, vector: Floats | None) -> Self:
        """A face as the stage sees it."""
        box = face.box
        data = None if vector is None else vector.astype("<f4").tobytes()
        return cls(box.x, box.y, box.width, box.height, face.score, quality, data)


def best_first(faces: Iterable[EmbeddedFace]) -> list[EmbeddedFace]:
    """Those with a vector before the others, then by quality; equal ones from the left."""
    return sorted(faces, key=lambda each: (each.vector is None, -each.quality, each.x, each.y))
