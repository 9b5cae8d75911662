"""SFace through OpenCV: 128 numbers of a face, near for one person and far for two.

Zhong et al., "SFace: Sigmoid-Constrained Hypersphere Loss for Robust Face Recognition", 2021.
Its authors take two faces for one person at a cosine of 0.363 and more.
"""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import Final

import cv2
import numpy as np

from rushes.analysis.faces.alignment import CROP_SIDE
from rushes.analysis.faces.face import Floats, failed, unusable
from rushes.media.pictures import Pixels

SAME_PERSON_COSINE: Final = 0.363
DIMENSION: Final = 128


class SFace:
    """The network, loaded. AnalysisError `model_unsupported` where the file is no SFace."""

    def __init__(self, path: Path) -> None:
        self._name = path.name
        self._lock = Lock()  # the network is for one face at a time
        try:
            self._network = cv2.FaceRecognizerSF.create(str(path), "")
            found = self._network.feature(np.zeros((CROP_SIDE, CROP_SIDE, 3), np.uint8))
        except Exception as error:  # OpenCV's error, or what an odd model brings on
            raise unusable(path.name, error) from error
        if np.shape(found) != (1, DIMENSION):
            raise unusable(path.name, f"it gives {np.shape(found)}, not (1, {DIMENSION})")

    def vector(self, crop: Pixels) -> Floats | None:
        """(128,) of length one for an aligned face; None where the model says nothing of it."""
        try:
            with self._lock:
                values = np.array(self._network.feature(crop)[0], np.float64)
        except cv2.error as error:
            raise failed(self._name, error) from error
        length = float(np.linalg.norm(values))
        if not np.isfinite(length) or length == 0:
            return None
        return np.asarray(values / length, np.float32)
