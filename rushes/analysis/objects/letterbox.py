"""Fits pictures into a model's input without distorting them, exactly as ultralytics does.

The picture is scaled to fit, centred, and padded with grey (`LetterBox` of ultralytics); a box
of the input is moved back by `Letterbox.to_picture` (`scale_boxes` and `clip_boxes` there).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from rushes.analysis.objects.detector import Floats
from rushes.media.pictures import Pixels

_PADDING_GREY = 114
_LEAN = 0.1
"""Of an odd number of padding rows the larger half goes below (columns: to the right)."""


@dataclass(frozen=True, slots=True)
class Size:
    """Pixels."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Letterbox:
    """Where a picture of size `picture` lies in an input of size `target`: `inner` at left, top."""

    picture: Size
    inner: Size
    target: Size

    @property
    def left(self) -> int:
        """Columns of padding on the left."""
        return round((self.target.width - self.inner.width) / 2 - _LEAN)

    @property
    def top(self) -> int:
        """Rows of padding above."""
        return round((self.target.height - self.inner.height) / 2 - _LEAN)

    def apply(self, pixels: Pixels) -> Pixels:
        """The picture in its input: (target height, target width, 3), blue green red."""
        if (pixels.shape[1], pixels.shape[0]) != (self.inner.width, self.inner.height):
            inner = (self.inner.width, self.inner.height)
            pixels = np.asarray(cv2.resize(pixels, inner, interpolation=cv2.INTER_LINEAR), np.uint8)
        below = self.target.height - self.inner.height - self.top
        right = self.target.width - self.inner.width - self.left
        grey = (_PADDING_GREY,) * 3
        sides = (self.top, below, self.left, right)
        padded = cv2.copyMakeBorder(pixels, *sides, cv2.BORDER_CONSTANT, value=grey)
        return np.asarray(padded, np.uint8)

    def to_input(self, boxes: Floats) -> Floats:
        """Boxes (n, 4: x1 y1 x2 y2) of the picture as boxes of the input."""
        return np.asarray(boxes * self._gain() + self._offset(), np.float32)

    def to_picture(self, boxes: Floats) -> Floats:
        """Boxes (n, 4: x1 y1 x2 y2) of the input as boxes of the picture, cut at its edges."""
        whole = (boxes - self._offset()) / self._gain()
        edges = np.asarray((self.picture.width, self.picture.height) * 2, np.float32)
        return np.asarray(np.clip(whole, 0, edges), np.float32)

    def _gain(self) -> Floats:
        across = self.inner.width / self.picture.width
        down = self.inner.height / self.picture.height
        return np.asarray((across, down) * 2, np.float32)

    def _offset(self) -> Floats:
        return np.asarray((self.left, self.top) * 2, np.float32)


def fit(picture: Size, target: Size) -> Letterbox:
    """The picture as large as `target` allows, at least one pixel thick."""
    gain = min(target.height / picture.height, target.width / picture.width)
    inner = Size(max(round(picture.width * gain), 1), max(round(picture.height * gain), 1))
    return Letterbox(picture, inner, target)


def fit_rectangle(picture: Size, largest: Size, stride: int) -> Letterbox:
    """As `fit`, but padded only to whole strides: for models that take inputs of any size.

    A frame of 16:9 becomes 640x384 in place of 640x640. `largest` is whole strides.
    """
    inner = fit(picture, largest).inner
    target = Size(
        inner.width + (largest.width - inner.width) % stride,
        inner.height + (largest.height - inner.height) % stride,
    )
    return Letterbox(picture, inner, target)


def as_input(letterboxed: Sequence[Pixels]) -> Floats:
    """A batch (n, 3, height, width) of red green blue in 0..1."""
    return np.asarray(
        cv2.dnn.blobFromImages(list(letterboxed), scalefactor=1 / 255, swapRB=True), np.float32
    )
