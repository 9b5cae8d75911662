"""YOLO weights as the faces stage uses them: boxes of the class `face`, without landmarks."""

from __future__ import annotations

from pathlib import Path

import pytest

from rushes.analysis.faces.configuration import FacesConfiguration
from rushes.analysis.faces.yolo_detector import YoloFaceDetector
from rushes.errors import AnalysisError
from tests.unit.analysis.objects.colour_model import METADATA, ColourModel, painted

PICTURE = painted(128, 96, ("red", 0, 0, 32, 32), ("blue", 64, 32, 32, 32))


def detector(folder: Path, names: str, **over: int) -> YoloFaceDetector:
    file = ColourModel().write(folder / "faces.onnx", {**METADATA, "names": names})
    chosen = FacesConfiguration(
        backend="onnx", model="faces", recognise=False, embedding_model=None, **over
    )
    return YoloFaceDetector(file, chosen)


def test_only_boxes_called_face_are_faces(tmp_path: Path) -> None:
    faces = detector(tmp_path, "{0: 'person', 1: 'car', 2: 'Face'}").detect(PICTURE)
    assert [(face.box.x, face.box.y) for face in faces] == [(64, 32)]
    assert faces[0].landmarks is None


def test_boxes_below_the_smallest_size_do_not_count(tmp_path: Path) -> None:
    names = "{0: 'face', 1: 'car', 2: 'dog'}"
    assert len(detector(tmp_path, names).detect(PICTURE)) == 1
    assert detector(tmp_path, names, min_face_pixels=40).detect(PICTURE) == []


def test_weights_that_know_no_faces_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AnalysisError, match="none of its 3 classes") as raised:
        detector(tmp_path, "{0: 'red', 1: 'green', 2: 'blue'}")
    assert raised.value.code == "model_unsupported"
