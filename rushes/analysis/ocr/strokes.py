"""The strokes of a line of text, to tell later whether they still stand.

Strokes are what a morphological top-hat leaves: thin, and brighter (or darker) than what is
around. A picture that moves behind a caption changes them little. They are compared in windows
about a letter wide, so that one changed digit counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.analysis.ocr.lines import Box

Grey = NDArray[np.uint8]
_Map = NDArray[np.float32]

_HEIGHT = 32
"""Taller lines are compared in small."""

_LONGEST = 4096
"""Pixels of a line, so compared, beyond which it is cut off."""

_STROKE_PART = 0.3
"""Widest stroke, in heights of a line's box."""

_WINDOW_PART = 0.6
"""Width of a window, in heights of a line's box."""

_LEAST_STRENGTH = 12.0
"""Grey levels by which strokes differ from their ground; below there is nothing to hold on to."""

_STRONG = 97
_TELLING = 0.25
"""Windows with less of the median's variance are spaces, and tell nothing."""

_SPREAD, _SLACK = 4.0, 0.1
"""How far below 1 the worst window may be: so many times the median one, and a little."""


@dataclass(frozen=True, slots=True)
class Strokes:
    """Strokes inside `box`: how much each pixel belongs to one, up to `strength`."""

    box: Box
    response: _Map
    strength: float
    bright: bool

    def stand_in(self, picture: Grey, likeness: float) -> bool:
        """Whether each letter's window still correlates with what is there, `likeness` at least.

        More is asked where most windows are all but equal, as they are on a still picture: there
        a 3 that became an 8 is one window that fell behind.
        """
        crop = _crop(picture, self.box)
        if crop is None or crop.shape != self.response.shape:
            return False
        now = np.minimum(_hat(crop, bright=self.bright), self.strength)
        found = _correlations(self.response, now)
        usual = 1.0 - _SPREAD * (1.0 - float(np.median(found))) - _SLACK
        return float(found.min()) >= max(likeness, usual)


def strokes_in(picture: Grey, box: Box) -> Strokes | None:
    """The strokes of the line in `box`; None where nothing stands out from its ground."""
    crop = _crop(picture, box)
    if crop is None:
        return None
    hats = {bright: _hat(crop, bright=bright) for bright in (True, False)}
    strengths = {bright: float(np.percentile(hat, _STRONG)) for bright, hat in hats.items()}
    bright = strengths[True] >= strengths[False]
    strength = strengths[bright]
    if strength < _LEAST_STRENGTH:
        return None
    return Strokes(box, np.minimum(hats[bright], strength), strength, bright)


def _hat(crop: _Map, *, bright: bool) -> _Map:
    size = max(3, int(crop.shape[0] * _STROKE_PART) | 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    operation = cv2.MORPH_TOPHAT if bright else cv2.MORPH_BLACKHAT
    return np.asarray(cv2.morphologyEx(crop, operation, kernel), np.float32)


def _correlations(before: _Map, now: _Map) -> NDArray[Any]:
    """Pearson's, by window; windows without strokes on either side are left out."""
    width = min(before.shape[1], max(4, int(before.shape[0] * _WINDOW_PART)))
    size = width * before.shape[0]
    first, second = _window_sums(before, width), _window_sums(now, width)
    first_variance = _window_sums(before * before, width) / size - (first / size) ** 2
    second_variance = _window_sums(now * now, width) / size - (second / size) ** 2
    shared = _window_sums(before * now, width) / size - first * second / size**2
    told = first_variance >= _TELLING * np.median(first_variance)
    scale = np.sqrt(np.maximum(first_variance * second_variance, 1e-3))
    return np.asarray((shared / scale)[told])


def _window_sums(values: _Map, width: int) -> NDArray[Any]:
    """Sums over all rows of each window; windows overlap by half."""
    sums = np.concatenate([[0.0], np.cumsum(values.sum(axis=0, dtype=np.float64))])
    starts = np.arange(0, values.shape[1] - width + 1, max(1, width // 2))
    return np.asarray(sums[starts + width] - sums[starts])


def _crop(picture: Grey, box: Box) -> _Map | None:
    """What the box shows, at most `_HEIGHT` high; None where it lies outside or is too thin."""
    height, width = picture.shape
    left, right = max(0, round(box.left)), min(width, round(box.right))
    top, bottom = max(0, round(box.top)), min(height, round(box.bottom))
    if right - left < 4 or bottom - top < 4:
        return None
    crop = picture[top:bottom, left:right]
    if bottom - top > _HEIGHT:
        size = max(4, round((right - left) * _HEIGHT / (bottom - top))), _HEIGHT
        crop = np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_AREA), np.uint8)
    return crop[:, :_LONGEST].astype(np.float32)
