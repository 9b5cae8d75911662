"""A face in a picture, and what finds faces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rushes.errors import AnalysisError
from rushes.media.pictures import Pixels

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels, its origin at the upper left."""

    x: float
    y: float
    width: float
    height: float

    @property
    def area(self) -> float:
        """Square pixels."""
        return self.width * self.height

    @property
    def centre(self) -> tuple[float, float]:
        """x, y."""
        return self.x + self.width / 2, self.y + self.height / 2

    def shared_area(self, other: Box) -> float:
        """Square pixels that lie in both."""
        across = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        down = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        return max(across, 0.0) * max(down, 0.0)

    def iou(self, other: Box) -> float:
        """Intersection over union, 0..1."""
        shared = self.shared_area(other)
        return shared / (self.area + other.area - shared) if shared else 0.0

    def clipped(self, width: int, height: int) -> Box:
        """What of it lies in a picture of that size; its sides are 0 where nothing does."""
        left, right = (min(max(x, 0.0), width) for x in (self.x, self.x + self.width))
        top, bottom = (min(max(y, 0.0), height) for y in (self.y, self.y + self.height))
        return Box(left, top, right - left, bottom - top)


@dataclass(frozen=True, slots=True)
class Face:
    """One face. `score` is 0..1.

    `landmarks` is (5, 2), x and y in pixels: the eye on the left of the picture, the other, the
    nose, the corners of the mouth in the same order; None where the detector gives none.
    """

    box: Box
    score: float
    landmarks: Floats | None


class FaceDetector(Protocol):
    """Weights that find faces, loaded."""

    def detect(self, pixels: Pixels) -> list[Face]:
        """The faces of a picture, the surest first. AnalysisError where the model fails."""


def unusable(name: str, what: object) -> AnalysisError:
    """Weights that are here but of no use to this stage."""
    return AnalysisError(
        f"{name} cannot be used for faces: {what}",
        code="model_unsupported",
        remedy="name other weights in the profile, or look at: rushes models verify",
    )


def failed(name: str, error: Exception) -> AnalysisError:
    """A model that did not get through a picture."""
    return AnalysisError(f"{name} failed on a frame of the film: {error}", code="stage_error")
