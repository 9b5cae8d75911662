"""Circles, squares and triangles as antialiased masks with their exact boxes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[Any]
Random = np.random.Generator

LABELS = ("circle", "square", "triangle")
SUBPIXEL_BITS = 4  # OpenCV draws at 1/16 px
FULL_TURN = 2 * np.pi


@dataclass(frozen=True)
class Outline:
    """Corners (n, 2) in px around the shape's own centre; a circle has many."""

    label: int
    corners: Picture

    @property
    def box(self) -> tuple[float, float, float, float]:
        """left, top, right, bottom in px."""
        left, top = self.corners.min(0)
        right, bottom = self.corners.max(0)
        return float(left), float(top), float(right), float(bottom)

    def moved_to(self, x: float, y: float) -> Outline:
        """The same outline with the centre of its box at (x, y)."""
        left, top, right, bottom = self.box
        middle = np.array([(left + right) / 2, (top + bottom) / 2])
        return Outline(self.label, self.corners - middle + np.array([x, y]))


def random_outline(random: Random, size: float) -> Outline:
    """A shape whose larger box side is `size` px."""
    label = int(random.integers(3))
    make = (_circle, _square, _triangle)[label]
    corners = make(random)
    corners = corners * (size / np.ptp(corners, axis=0).max())
    return Outline(label, corners).moved_to(0, 0)


def _circle(random: Random) -> Picture:
    angles = np.linspace(0, FULL_TURN, 96, endpoint=False)
    return np.stack([np.cos(angles), np.sin(angles) * random.uniform(0.95, 1.05)], 1)


def _square(random: Random) -> Picture:
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * [1, random.uniform(0.93, 1.07)]
    most = 0.0 if random.random() < 0.5 else 0.35
    return turned(corners, random.uniform(-most, most))


def _triangle(random: Random) -> Picture:
    apex = random.uniform(-0.15, 0.15) if random.random() < 0.4 else 0.0
    height = random.uniform(0.8, 1.2) * np.sqrt(3)
    corners = np.array([[-1, 0], [1, 0], [apex, -height]])
    upright, slightly = random.random() < 0.4, random.random() < 0.6
    most = 0.0 if upright else 0.35 if slightly else np.pi
    return turned(corners, random.uniform(-most, most))


def turned(corners: Picture, angle: float) -> Picture:
    """The corners turned by `angle` radians about the origin."""
    cosine, sine = np.cos(angle), np.sin(angle)
    out: Picture = corners @ np.array([[cosine, sine], [-sine, cosine]])
    return out


def filled(shape: tuple[int, ...], corners: Picture) -> Picture:
    """Mask (height, width) float32, 0 to 1, of a filled polygon. Pixel centres are at .5."""
    mask = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, [_fixed(corners)], 255, cv2.LINE_AA, SUBPIXEL_BITS)
    return mask.astype(np.float32) / 255


def stroked(shape: tuple[int, ...], corners: Picture, thickness: int) -> Picture:
    """Like `filled`, but only a closed line of `thickness` px on the inside of the outline."""
    middle = corners.mean(0)
    reach = np.linalg.norm(corners - middle, axis=1).mean()
    inner = middle + (corners - middle) * max(0.2, 1 - thickness / 2 / reach)
    mask = np.zeros(shape, np.uint8)
    cv2.polylines(mask, [_fixed(inner)], True, 255, thickness, cv2.LINE_AA, SUBPIXEL_BITS)
    return mask.astype(np.float32) / 255


def _fixed(corners: Picture) -> NDArray[np.int32]:
    """Corners as OpenCV's fixed-point numbers, whose pixel centres are at .0."""
    fixed: NDArray[np.int32] = np.rint((corners - 0.5) * (1 << SUBPIXEL_BITS)).astype(np.int32)
    return fixed
