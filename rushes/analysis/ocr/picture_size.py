"""Pictures of any size, made fit for a text detector."""

from __future__ import annotations

import cv2
import numpy as np

from rushes.analysis.ocr.lines import Polygon
from rushes.media.pictures import Pixels

LONGEST_SIDE = 2560
"""Above this a picture is shrunk before anything else; what a cinema frame needs for small text."""

LARGEST_RATIO = 8
"""Longer shapes are padded: a detector scales both sides together and would lose the short one."""

SMALLEST_SIDE = 32
"""One cell of the detectors' grid."""


def fitted(pixels: Pixels, longest: int = LONGEST_SIDE) -> tuple[Pixels, float, float]:
    """The picture with a bounded long side, padded at right and bottom where it is very thin.

    Returns it with the factors of x and y by which it was scaled.
    """
    height, width = pixels.shape[:2]
    scale = min(1.0, longest / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if size != (width, height):
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    least = max(SMALLEST_SIDE, max(size) // LARGEST_RATIO)
    right, below = max(0, least - size[0]), max(0, least - size[1])
    if right or below:
        pixels = np.asarray(
            cv2.copyMakeBorder(pixels, 0, below, 0, right, cv2.BORDER_REPLICATE), np.uint8
        )
    return pixels, size[0] / width, size[1] / height


def in_frame(corners: Polygon, scale_x: float, scale_y: float, width: int, height: int) -> Polygon:
    """Corners in a fitted picture as corners in the frame that it was made of, inside of it."""
    return tuple(
        (min(max(x / scale_x, 0.0), float(width)), min(max(y / scale_y, 0.0), float(height)))
        for x, y in corners
    )
