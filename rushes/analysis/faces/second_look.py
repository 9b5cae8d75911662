"""A close look at what may be a face: cut out, in several sizes, and as in a mirror.

A detector that sees a cartoon rabbit, a coin or a car's window as a face in one size seldom does
in another size, or mirrored. A real face it finds each time, at the same place. So the mean over
the looks tells them apart where a single score does not: of the material that this was made with,
real faces had 0.77 to 0.93 (blurred and distorted ones too), all else below 0.5, but for one frame
in which a rabbit's ear had 0.74. Below lie also faces of which the picture's edge cuts off a third.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from rushes.analysis.faces.face import Box
from rushes.analysis.faces.yunet import YuNet, face_of_row
from rushes.media.pictures import Pixels

_FACE_SIDES = (32, 48, 64)
"""Pixels of the face's longer side in each look."""
_WINDOW = 3
"""How many times the face's side is cut out."""
_LOWEST_SCORE = 0.3
_SAME_PLACE_IOU = 0.45


class SecondLook:
    """Gives a candidate the mean of the detector's scores over all looks; 0 for a miss."""

    def __init__(self, network: YuNet) -> None:
        self._network = network

    def score(self, pixels: Pixels, box: Box, lowest: float) -> float | None:
        """The mean score 0..1 of a box of the picture; None where it is below `lowest`.

        It ends as soon as the looks that are left cannot make up for those before.
        """
        total, left = 0.0, 2 * len(_FACE_SIDES)
        for side in _FACE_SIDES:
            part, place = cut_out(pixels, box, side)
            mirrored = np.ascontiguousarray(part[:, ::-1])
            place_there = replace(place, x=part.shape[1] - place.x - place.width)
            for view, expected in ((part, place), (mirrored, place_there)):
                total, left = total + self._best(view, expected), left - 1
                if total + left < lowest * 2 * len(_FACE_SIDES):
                    return None
        return min(1.0, total / (2 * len(_FACE_SIDES)))

    def _best(self, view: Pixels, expected: Box) -> float:
        """The best score of a face at the expected place."""
        faces = (face_of_row(row, 1.0, 1.0) for row in self._network.rows(view, _LOWEST_SCORE))
        fitting = (face.score for face in faces if face.box.iou(expected) > _SAME_PLACE_IOU)
        return max(fitting, default=0.0)


def cut_out(pixels: Pixels, box: Box, side: int) -> tuple[Pixels, Box]:
    """The box with its surroundings, its longer side scaled to `side` pixels, and its place there.

    It is cut as a square of 3 sides about the box, less what lies outside the picture: a face
    that the picture's edge cuts is not found with something made up beyond the edge.
    """
    scale = side / max(box.width, box.height)
    reach = side * _WINDOW / 2 / scale
    x, y = box.centre
    height, width = pixels.shape[:2]
    left, top = max(int(x - reach), 0), max(int(y - reach), 0)
    right, bottom = min(int(x + reach) + 1, width), min(int(y + reach) + 1, height)
    part = pixels[top:bottom, left:right]
    size = (max(round((right - left) * scale), 1), max(round((bottom - top) * scale), 1))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    across, down = size[0] / (right - left), size[1] / (bottom - top)
    place = Box(
        (box.x - left) * across, (box.y - top) * down, box.width * across, box.height * down
    )
    return np.asarray(cv2.resize(part, size, interpolation=how), np.uint8), place
