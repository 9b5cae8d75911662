"""How well a face can be recognised, 0..1.

    quality = (size * sharpness * frontality * score) ** (1/4)

- size: shorter side of the box over 112 pixels, which is what the network sees; at most 1
- sharpness: variance of the Laplacian of the aligned crop's grey, on a logarithmic scale from 3
  (flat) to 300 (crisp)
- frontality: 1 where the nose lies midway between the eyes, along the line through them; 0 where
  it lies under an eye or beyond. 0.5 where there are no landmarks
- score: the detector's

A geometric mean: what is bad in one way is not made good by the others.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from rushes.analysis.faces.alignment import CROP_SIDE
from rushes.analysis.faces.face import Face, Floats
from rushes.media.pictures import Pixels

_FLAT = 3.0
_CRISP = 300.0
_UNKNOWN_FRONTALITY = 0.5


def quality(face: Face, crop: Pixels) -> float:
    """The quality of a face whose aligned crop is given."""
    size = min(1.0, min(face.box.width, face.box.height) / CROP_SIDE)
    factors = (size, sharpness(crop), frontality(face.landmarks), min(1.0, face.score))
    return float(math.prod(factors) ** (1 / len(factors)))


def sharpness(crop: Pixels) -> float:
    """0..1 of a picture."""
    grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
    variance = float(cv2.Laplacian(grey, cv2.CV_64F).var())
    return _within(math.log(max(variance, _FLAT) / _FLAT) / math.log(_CRISP / _FLAT))


def frontality(landmarks: Floats | None) -> float:
    """0..1 of a face's landmarks."""
    if landmarks is None:
        return _UNKNOWN_FRONTALITY
    left, right, nose = np.asarray(landmarks[:3], np.float64)
    line = right - left
    length = float(line @ line)
    if length == 0:
        return 0.0
    along = float((nose - left) @ line) / length
    return _within(1 - 2 * abs(along - 0.5))


def _within(value: float) -> float:
    return min(1.0, max(0.0, value))
