"""Faces by a YOLO model that was trained for them: ONNX without torch, or through ultralytics."""

from __future__ import annotations

from pathlib import Path

from rushes.analysis.faces.configuration import FacesConfiguration
from rushes.analysis.faces.face import Box, Face, unusable
from rushes.analysis.objects.detector import Detector
from rushes.analysis.objects.onnx_detector import OnnxDetector
from rushes.analysis.objects.ultralytics_detector import UltralyticsDetector
from rushes.analysis.objects.yolo_output import Thresholds
from rushes.media.pictures import Pixels

_LABEL = "face"


class YoloFaceDetector:
    """Boxes without landmarks; of a model of several classes only those called `face`."""

    def __init__(self, path: Path, configuration: FacesConfiguration, *, threads: int = 1) -> None:
        thresholds = Thresholds(
            configuration.confidence, configuration.overlap, configuration.max_faces
        )
        backend: type[OnnxDetector] | type[UltralyticsDetector] = (
            OnnxDetector if configuration.backend == "onnx" else UltralyticsDetector
        )
        self._smallest = configuration.min_face_pixels
        self._detector: Detector = backend(
            path, thresholds, image_size=configuration.image_size, threads=threads
        )
        self._classes = face_classes(self._detector, path.name)

    def detect(self, pixels: Pixels) -> list[Face]:
        """The faces of a picture, the surest first."""
        faces: list[Face] = []
        for left, top, right, bottom, score, number in self._detector.detect([pixels])[0].tolist():
            box = Box(left, top, right - left, bottom - top)
            if int(number) in self._classes and min(box.width, box.height) >= self._smallest:
                faces.append(Face(box, min(1.0, score), None))
        return faces


def face_classes(detector: Detector, name: str) -> frozenset[int]:
    """The classes that are faces. AnalysisError `model_unsupported` where there is none."""
    names = detector.names
    found = frozenset(number for number, label in names.items() if label.lower() == _LABEL)
    if found or len(names) == 1:
        return found or frozenset(names)
    raise unusable(name, f"none of its {len(names)} classes is called {_LABEL!r}")
