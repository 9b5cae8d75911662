"""The results of both backends are those of ultralytics, on the same weights and pictures."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from rushes.analysis.objects.detector import Detections, Detector
from rushes.analysis.objects.export import export_onnx
from rushes.analysis.objects.onnx_detector import OnnxDetector
from rushes.analysis.objects.suppression import overlap
from rushes.analysis.objects.ultralytics_detector import UltralyticsDetector
from rushes.analysis.objects.yolo_output import Thresholds
from rushes.errors import AnalysisError
from tests.unit.analysis.objects.colour_model import METADATA, ColourModel, painted

pytestmark = pytest.mark.torch

USUAL = Thresholds(confidence=0.25, iou=0.7, max_detections=300)
MANY = Thresholds(confidence=0.0003, iou=0.7, max_detections=300)
SHARED = Path(__file__).parents[5] / "shared" / "models"


@pytest.fixture(scope="module")
def coco(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """COCO weights as .pt, as ONNX of any size and of one size."""
    source = Path(os.environ.get("RUSHES_TEST_MODELS", SHARED)) / "yolo11n_rebuilt.pt"
    if not source.is_file():
        pytest.skip(f"no COCO weights at {source}")
    folder = tmp_path_factory.mktemp("coco")
    return {
        "pt": source,
        "any": export_onnx(source, folder / "any.onnx"),
        "fixed": export_onnx(source, folder / "fixed.onnx", any_size=False),
    }


@pytest.fixture(scope="module")
def pictures() -> list[NDArray[np.uint8]]:
    """A person in a spacesuit: the square whole, wide and tall."""
    data = pytest.importorskip("skimage.data")
    whole = np.ascontiguousarray(data.astronaut()[:, :, ::-1])
    return [whole, np.ascontiguousarray(whole[:300]), np.ascontiguousarray(whole[:, 100:350])]


@lru_cache(maxsize=8)
def without_torch(path: Path, thresholds: Thresholds = USUAL) -> OnnxDetector:
    """Our own backend, loaded once."""
    return OnnxDetector(path, thresholds, threads=2)


@lru_cache(maxsize=8)
def ultralytics(path: Path, thresholds: Thresholds = USUAL) -> UltralyticsDetector:
    """Theirs, loaded once."""
    return UltralyticsDetector(path, thresholds, threads=2)


def assert_same(ours: Detections, theirs: Detections) -> None:
    """Every detection has its like: the same label, IoU 0.95, scores within 0.02."""
    assert sorted(ours[:, 5]) == sorted(theirs[:, 5])
    for row in theirs:
        alike = ours[(ours[:, 5] == row[5]) & (abs(ours[:, 4] - row[4]) <= 0.02)]
        assert (overlap(row[:4], alike[:, :4]) >= 0.95).any()


BACKENDS = [("any", "pt"), ("any", "any"), ("fixed", "fixed")]


@pytest.mark.parametrize(("ours", "theirs"), BACKENDS)
def test_the_same_weights_give_the_same_detections(
    coco: dict[str, Path], pictures: list[NDArray[np.uint8]], ours: str, theirs: str
) -> None:
    one, other = without_torch(coco[ours]), ultralytics(coco[theirs])
    assert dict(one.names) == dict(other.names)
    for picture in pictures:
        found = one.detect([picture])[0]
        assert "person" in {one.names[int(row[5])] for row in found}
        assert_same(found, other.detect([picture])[0])


@pytest.mark.parametrize("layout", ["any", "fixed"])
def test_the_same_output_is_read_alike_down_to_the_weakest_box(
    coco: dict[str, Path], pictures: list[NDArray[np.uint8]], layout: str
) -> None:
    one, other = without_torch(coco[layout], MANY), ultralytics(coco[layout], MANY)
    for picture in pictures:
        ours, theirs = one.detect([picture])[0], other.detect([picture])[0]
        assert len(ours) == len(theirs) > 50
        for row in theirs:  # near equal scores may have changed places
            near = abs(ours - row) <= (0.1, 0.1, 0.1, 0.1, 1e-4, 0)
            assert near.all(axis=1).any()


def test_a_batch_of_frames_gives_what_each_gives_alone(
    coco: dict[str, Path], pictures: list[NDArray[np.uint8]]
) -> None:
    picture = pictures[1]
    batch = [picture, np.ascontiguousarray(picture[:, ::-1]), picture // 2]
    for detector in detectors(coco):
        together = detector.detect(batch)
        for found, each in zip(together, batch, strict=True):
            assert_same(found, detector.detect([each])[0])


def detectors(coco: dict[str, Path]) -> Iterator[Detector]:
    yield ultralytics(coco["pt"])
    yield ultralytics(coco["fixed"])
    yield without_torch(coco["any"])


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model of three classes that has learnt nothing, as .pt."""
    folder = tmp_path_factory.mktemp("untrained")
    import torch

    from rushes.models.torch_compat import prepare_torch

    prepare_torch()
    from ultralytics import YOLO
    from ultralytics.nn.tasks import DetectionModel

    torch.manual_seed(7)
    model = YOLO("yolov8n.yaml", task="detect")
    model.model = DetectionModel("yolov8n.yaml", nc=3, verbose=False)
    model.model.names = {0: "circle", 1: "square", 2: ""}
    model.save(folder / "untrained.pt")
    return folder / "untrained.pt"


def test_a_model_exported_by_us_gives_what_it_gave(untrained: Path, tmp_path: Path) -> None:
    onnx = export_onnx(untrained, tmp_path / "new" / "small.onnx", image_size=160)
    assert [path.name for path in onnx.parent.iterdir()] == ["small.onnx"]
    picture = np.random.default_rng(1).integers(0, 256, (90, 150, 3), np.uint8)
    lowest = Thresholds(confidence=1e-5, iou=0.7, max_detections=20)
    ours, theirs = (
        OnnxDetector(onnx, lowest),
        UltralyticsDetector(untrained, lowest, image_size=160),
    )
    assert dict(ours.names) == dict(theirs.names) == {0: "circle", 1: "square", 2: "class 2"}
    found, expected = ours.detect([picture])[0], theirs.detect([picture])[0]
    assert len(found) == len(expected) == 20
    assert_same(found, expected)


def test_end_to_end_layouts_are_read_alike(tmp_path: Path) -> None:
    model = ColourModel(batch=1, end_to_end=True)
    path = model.write(tmp_path / "end.onnx", METADATA | {"end2end": "True", "batch": "1"})
    picture = painted(200, 110, ("red", 10, 10, 90, 50), ("blue", 120, 60, 70, 40))
    ours = OnnxDetector(path, USUAL).detect([picture])[0]
    theirs = UltralyticsDetector(path, USUAL).detect([picture])[0]
    assert len(ours) > 3
    np.testing.assert_allclose(ours, theirs, atol=0.01)


@pytest.mark.parametrize("name", ["broken.pt", "broken.onnx"])
def test_a_file_that_is_no_model_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"nothing of the kind")
    with pytest.raises(AnalysisError, match=name) as caught:
        UltralyticsDetector(tmp_path / name, USUAL).detect([painted(64, 64)])
    assert caught.value.code == "model_unsupported"
    with pytest.raises(AnalysisError, match=name):
        export_onnx(tmp_path / name, tmp_path / "out.onnx")
    assert not (tmp_path / "out.onnx").exists()


@pytest.mark.parametrize(("width", "height"), [(1, 1), (20_000, 3), (1, 2000)])
def test_a_picture_of_an_odd_shape_gives_a_plain_result(
    untrained: Path, width: int, height: int
) -> None:
    detector = UltralyticsDetector(untrained, USUAL, image_size=160)
    assert detector.detect([painted(width, height)])[0].shape[1] == 6
