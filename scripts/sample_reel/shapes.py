"""The last shot: a circle, a square and a triangle cross the picture; their boxes are exact."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Colour = tuple[int, int, int]
Point = tuple[float, float]

SUBPIXEL_BITS = 4  # OpenCV draws at 1/16 px
CORNERS = {
    "circle": [
        (float(np.cos(angle)), float(np.sin(angle)))
        for angle in np.linspace(0, 2 * np.pi, 120, endpoint=False)
    ],
    "square": [(-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)],
    "triangle": [(0.0, -1.0), (0.87, 0.5), (-0.87, 0.5)],
}


@dataclass(frozen=True)
class Course:
    """One shape's way through the shot: px and degrees at its first and its last frame.

    A radius of 1 px holds the corners of `CORNERS`.
    """

    label: str
    colour: Colour  # BGR
    centres: tuple[Point, Point]
    radii: tuple[float, float]
    degrees: tuple[float, float] = (0.0, 0.0)

    def corners(self, progress: float) -> NDArray[Any]:
        """The outline at `progress` (0 first frame, 1 last), eased at both ends."""
        eased = progress * progress * (3 - 2 * progress)
        (x0, y0), (x1, y1) = self.centres
        radius = self.radii[0] + (self.radii[1] - self.radii[0]) * eased
        angle = np.radians(self.degrees[0] + (self.degrees[1] - self.degrees[0]) * eased)
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        middle = np.array([x0 + (x1 - x0) * eased, y0 + (y1 - y0) * eased])
        placed: NDArray[Any] = np.array(CORNERS[self.label]) * radius @ turn + middle
        return placed


# Their ways never meet, so that each is whole in every frame.
COURSES = (
    Course("circle", (64, 84, 226), ((120.0, 110.0), (330.0, 122.0)), (40.0, 84.0)),
    Course("square", (206, 190, 70), ((650.0, 120.0), (610.0, 300.0)), (92.0, 54.0), (0.0, 14.0)),
    Course(
        "triangle", (90, 208, 244), ((150.0, 330.0), (420.0, 344.0)), (34.0, 66.0), (-8.0, 10.0)
    ),
)


def frames(background: NDArray[Any], count: int) -> Iterator[NDArray[Any]]:
    """The shot: `count` frames (BGR) of all courses before the background."""
    for index in range(count):
        picture = background.copy()
        for course in COURSES:
            # OpenCV's pixel centres are at .0, ours at .5.
            scaled = (course.corners(index / (count - 1)) - 0.5) * (1 << SUBPIXEL_BITS)
            outline = [np.rint(scaled).astype(np.int32)]
            cv2.fillPoly(picture, outline, course.colour, cv2.LINE_AA, SUBPIXEL_BITS)
        yield picture


def boxes_at(progress: float) -> Iterator[tuple[str, dict[str, int]]]:
    """Label and tight box of every shape, in pixels of the film."""
    for course in COURSES:
        corners = course.corners(progress)
        left, top = (round(float(edge)) for edge in corners.min(0))
        right, bottom = (round(float(edge)) for edge in corners.max(0))
        yield (
            course.label,
            {"x": left, "y": top, "width": right - left, "height": bottom - top},
        )
