"""What a detector is: weights that find labelled boxes in pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rushes.errors import AnalysisError
from rushes.media.pictures import Pixels

Floats = NDArray[np.float32]

Detections = NDArray[np.float32]
"""(number, 6), by falling score: x1, y1, x2, y2 in pixels of the picture, score 0..1, class."""


class Detector(Protocol):
    """One backend with its weights loaded."""

    @property
    def names(self) -> Mapping[int, str]:
        """The label of each class."""

    def detect(self, pictures: Sequence[Pixels]) -> list[Detections]:
        """What is in each of some pictures of one size. AnalysisError where the model fails."""


def unusable(name: str, what: str) -> AnalysisError:
    """Weights that are here but that no backend of this stage can use."""
    return AnalysisError(
        f"{name} cannot be used for objects: {what}",
        code="model_unsupported",
        remedy="name a YOLO detection model in the profile, exported to ONNX by ultralytics",
    )


def failed(name: str, error: Exception) -> AnalysisError:
    """A model that did not get through a batch of pictures."""
    return AnalysisError(f"{name} failed on the film's frames: {error}", code="stage_error")
