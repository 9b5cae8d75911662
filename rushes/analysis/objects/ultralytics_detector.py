"""YOLO through ultralytics, the extra of that name.

ultralytics is licensed under AGPL-3.0: it is imported here only, and only where it is chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from rushes.analysis.objects.detector import Detections, failed, unusable
from rushes.analysis.objects.yolo_output import Thresholds
from rushes.media.pictures import Pixels
from rushes.models.extras import require_extra
from rushes.models.torch_compat import prepare_torch

EXTRA = "ultralytics"


class UltralyticsDetector:
    """A .pt or .onnx file under `ultralytics.YOLO`, with the padding of its own `predict`."""

    def __init__(
        self, path: Path, thresholds: Thresholds, *, image_size: int = 0, threads: int = 1
    ) -> None:
        self._name = path.name
        self._options = _options(thresholds, image_size)
        self._model = load_yolo(path, threads)

    @property
    def names(self) -> Mapping[int, str]:
        """The label of each class."""
        names: Mapping[int, str] = self._model.names
        return {number: name.strip() or f"class {number}" for number, name in names.items()}

    def detect(self, pictures: Sequence[Pixels]) -> list[Detections]:
        """What is in each of some pictures of one size."""
        if not pictures:
            return []
        try:
            results = self._model.predict(list(pictures), **self._options)
            return [_detections(result.boxes.data) for result in results]
        except Exception as error:  # torch and ultralytics raise whatever they like
            raise failed(self._name, error) from error


def load_yolo(path: Path, threads: int) -> Any:
    """`ultralytics.YOLO` of a file of weights, on at most `threads` of the processor's cores.

    AnalysisError `extra_missing`, or `model_unsupported` where the file is no detection model.
    """
    require_extra(EXTRA, "ultralytics")
    prepare_torch(EXTRA)
    try:
        import torch
        from ultralytics import YOLO

        torch.set_num_threads(threads)
        model = YOLO(str(path), task="detect", verbose=False)
        _ = model.names  # an .onnx file is opened no sooner
    except Exception as error:  # a foreign pickle can raise anything
        raise unusable(path.name, str(error)) from error
    if model.task != "detect":
        raise unusable(path.name, f"it was made for the task {model.task!r}, not for detection")
    return model


def is_installed() -> bool:
    """Whether ultralytics is here; nothing of it is imported."""
    return find_spec("ultralytics") is not None


def _options(thresholds: Thresholds, image_size: int) -> dict[str, Any]:
    options = {
        "conf": thresholds.confidence,
        "iou": thresholds.iou,
        "max_det": thresholds.max_detections,
        "agnostic_nms": False,
        "rect": True,
        "save": False,
        "verbose": False,
    }
    return options | ({"imgsz": image_size} if image_size else {})


def _detections(rows: Any) -> Detections:
    found = np.asarray(rows.cpu().numpy(), np.float32).reshape(-1, 6)
    return found[np.argsort(-found[:, 4], kind="stable")]
