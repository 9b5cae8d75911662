"""Where text may be in a picture, at a small part of the cost of reading it.

PP-OCR's detector on a picture of about 500 pixels: 15 to 30 ms on two cores, against 100 to 200
for reading and seconds for EasyOCR. Morphological text maps cost 3 ms, but see text in
every fence and window, and what they see moves with the camera.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.analysis.ocr.lines import Box
from rushes.analysis.ocr.onnx_session import open_session
from rushes.analysis.ocr.picture_size import fitted
from rushes.media.pictures import Pixels

_CELL = 32
"""The network's sides are multiples of this."""

_LEAST_SIDE = 320
_LARGEST_PART = 0.5
"""A small picture is looked at in half its size, not below `_LEAST_SIDE`: more tells no more."""

_LEAST_AREA = 12
"""Pixels of the small picture that a region has at least; noise is smaller."""

_SHRUNK = 0.4
"""The network marks the core of a line: its height is about this much more on either side."""


class TextRegionDetector:
    """PP-OCR's detector at low resolution."""

    def __init__(
        self, model: Path, *, side: int, threshold: float, score: float, threads: int
    ) -> None:
        self._session = open_session(model, threads)
        self._input = self._session.get_inputs()[0].name
        self._side = side
        self._threshold = threshold
        self._score = score

    def regions(self, pixels: Pixels) -> Sequence[Box]:
        """Boxes of what looks like text, in pixels of the picture."""
        height, width = pixels.shape[:2]
        half = max(_LEAST_SIDE, round(max(height, width) * _LARGEST_PART))
        small, scale_x, scale_y = fitted(pixels, min(self._side, half))
        padded_height, padded_width = small.shape[:2]
        size = _on_grid(padded_width), _on_grid(padded_height)
        across, down = scale_x * size[0] / padded_width, scale_y * size[1] / padded_height
        probability = self._probability(cv2.resize(small, size, interpolation=cv2.INTER_AREA))
        boxes = [
            Box(left / across, top / down, right / across, bottom / down)
            for left, top, right, bottom in _components(probability, self._threshold, self._score)
        ]
        return [box for box in boxes if box.left < width and box.top < height]

    def _probability(self, picture: NDArray[Any]) -> NDArray[np.float32]:
        """(height, width) probability that a pixel lies in a line of text."""
        values = picture.astype(np.float32) / 127.5 - 1.0
        batch = np.ascontiguousarray(values.transpose(2, 0, 1)[None])
        found = self._session.run(None, {self._input: batch})[0]
        return np.asarray(found[0, 0], np.float32)


def _on_grid(side: int) -> int:
    return max(_CELL, round(side / _CELL) * _CELL)


def _components(
    probability: NDArray[np.float32], threshold: float, score: float
) -> list[tuple[float, float, float, float]]:
    mask = (probability > threshold).astype(np.uint8)
    count, labels, facts, _ = cv2.connectedComponentsWithStats(mask)
    sums = np.bincount(labels.ravel(), weights=probability.ravel(), minlength=count)
    found = []
    for (left, top, width, height, area), total in zip(
        facts[1:].tolist(), sums[1:].tolist(), strict=True
    ):
        if area >= _LEAST_AREA and total >= score * area:
            margin = _SHRUNK * min(width, height)
            found.append(
                (left - margin, top - margin, left + width + margin, top + height + margin)
            )
    return found
