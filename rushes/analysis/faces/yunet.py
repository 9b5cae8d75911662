"""The network YuNet through OpenCV, on one picture in one size.

Wu et al., "YuNet: A Tiny Millisecond-level Face Detector", 2023. OpenCV runs it because
onnxruntime refuses the block-quantised weights that a package ships.
"""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from rushes.analysis.faces.face import Box, Face, Floats, unusable
from rushes.media.pictures import Pixels

_STRIDE = 32
_SMALLEST_INPUT = 64
_SUPPRESSION_IOU = 0.3
_MOST_BOXES = 1000
_KEPT_SIZES = 32
_ROW = 15
"""x, y, width, height, five landmarks (x, y), score."""


class YuNet:
    """The bare detector: one picture in one size. Not to be shared by threads.

    AnalysisError `model_unsupported` where the file is no YuNet.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._sizes: OrderedDict[tuple[int, int], Any] = OrderedDict()
        try:
            self.rows(np.zeros((_SMALLEST_INPUT, _SMALLEST_INPUT, 3), np.uint8), 0.5)
        except Exception as error:  # OpenCV's error, or what an odd model brings on
            raise unusable(path.name, error) from error

    def rows(self, pixels: Pixels, lowest_score: float) -> Floats:
        """(n, 15) of what may be faces; only finite values, and boxes that lie in the picture.

        The picture is padded with black to whole strides: what OpenCV does with a picture of one
        pixel's height is left to chance.
        """
        height, width = pixels.shape[:2]
        below, right = _padding(height), _padding(width)
        padded = cv2.copyMakeBorder(pixels, 0, below, 0, right, cv2.BORDER_CONSTANT)
        detector = self._of_size(width + right, height + below)
        detector.setScoreThreshold(lowest_score)
        found = detector.detect(padded)[1]
        if found is None:
            return np.empty((0, _ROW), np.float32)
        return _believable(np.asarray(found, np.float32), width, height)

    def _of_size(self, width: int, height: int) -> Any:
        """A network of that input size; another size would cost its layers' set-up each time."""
        key = (width, height)
        if key not in self._sizes:
            if len(self._sizes) >= _KEPT_SIZES:
                self._sizes.popitem(last=False)
            self._sizes[key] = cv2.FaceDetectorYN.create(
                str(self._path), "", key, 0.5, _SUPPRESSION_IOU, _MOST_BOXES
            )
        self._sizes.move_to_end(key)
        return self._sizes[key]


def face_of_row(row: Floats, across: float, down: float) -> Face:
    """The face of one row of `YuNet.rows`, its places multiplied to pixels of the picture."""
    values = row.astype(np.float64)
    x, y, width, height = values[:4] * (across, down, across, down)
    landmarks = np.asarray(values[4:14].reshape(5, 2) * (across, down), np.float32)
    return Face(Box(float(x), float(y), float(width), float(height)), float(row[14]), landmarks)


def _padding(side: int) -> int:
    return max(-side % _STRIDE, _SMALLEST_INPUT - side)


def _believable(rows: Floats, width: int, height: int) -> Floats:
    """Rows without NaN whose boxes have an area and their middle in the picture."""
    rows = rows[np.isfinite(rows).all(axis=1)]
    middle = rows[:, :2] + rows[:, 2:4] / 2
    inside = (middle >= 0).all(axis=1) & (middle <= (width, height)).all(axis=1)
    return np.asarray(rows[inside & (rows[:, 2:4] > 0).all(axis=1)], np.float32)
