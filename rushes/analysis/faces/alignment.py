"""Turns and scales a face so that its eyes, nose and mouth lie where SFace expects them."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.analysis.faces.face import Box, Face, Floats
from rushes.media.pictures import Pixels

CROP_SIDE: Final = 112

_TEMPLATE: Final = np.asarray(
    [
        [38.2946, 51.6963],
        [73.5318, 51.5014],
        [56.0252, 71.7366],
        [41.5493, 92.3655],
        [70.7299, 92.2041],
    ]
)
"""Places of the landmarks in the crop, pixels: those of ArcFace, which SFace was trained with."""

_PLACES_IN_BOX: Final = np.asarray(
    [[0.29, 0.40], [0.71, 0.40], [0.50, 0.60], [0.33, 0.78], [0.67, 0.78]]
)
"""Where landmarks of a face that looks ahead lie in its box: for detectors that give only boxes."""


def aligned(pixels: Pixels, face: Face) -> Pixels:
    """(112, 112, 3), the face upright in it; black where the picture ends."""
    places = _places_in(face.box) if face.landmarks is None else face.landmarks
    move = similarity(np.asarray(places, np.float64), _TEMPLATE)
    crop = cv2.warpAffine(pixels, move, (CROP_SIDE, CROP_SIDE), flags=cv2.INTER_LINEAR)
    return np.asarray(crop, np.uint8)


def similarity(places: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.float64]:
    """The turn, scale and shift (2, 3) that best moves (n, 2) `places` to `wanted`.

    Least squares: Umeyama, "Least-squares estimation of transformation parameters between two
    point patterns", 1991. For two dimensions it is one complex division.
    """
    mean, wanted_mean = places.mean(axis=0), wanted.mean(axis=0)
    origin, goal = _complex(places - mean), _complex(wanted - wanted_mean)
    factor = np.vdot(origin, goal) / max(float(np.vdot(origin, origin).real), 1e-9)
    turn = np.asarray([[factor.real, -factor.imag], [factor.imag, factor.real]])
    return np.column_stack((turn, wanted_mean - turn @ mean))


def _complex(points: NDArray[np.float64]) -> NDArray[np.complex128]:
    return np.asarray(points[:, 0] + 1j * points[:, 1], np.complex128)


def _places_in(box: Box) -> Floats:
    sides = (box.width, box.height)
    return np.asarray(_PLACES_IN_BOX * sides + (box.x, box.y), np.float32)
