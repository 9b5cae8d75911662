"""YOLO in ONNX without torch: layouts, sizes, batches, and files that are no such model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from rushes.analysis.objects.class_names import names_file_identity
from rushes.analysis.objects.detector import Detections
from rushes.analysis.objects.onnx_detector import OnnxDetector
from rushes.analysis.objects.yolo_output import Thresholds
from rushes.errors import AnalysisError
from tests.unit.analysis.objects.colour_model import METADATA, ColourModel, painted

THRESHOLDS = Thresholds(confidence=0.5, iou=0.7, max_detections=300)
NAMELESS = {key: value for key, value in METADATA.items() if key != "names"}


PLAIN = ColourModel()


def detector(
    tmp_path: Path, model: ColourModel = PLAIN, *, image_size: int = 0, **metadata: str
) -> OnnxDetector:
    path = model.write(tmp_path / "colours.onnx", {**METADATA, **metadata})
    return OnnxDetector(path, THRESHOLDS, image_size=image_size)


def said(found: Detections) -> list[tuple[int, list[int]]]:
    """Class and rounded box of each detection, in the order of the places."""
    return sorted((int(row[5]), [round(float(side)) for side in row[:4]]) for row in found)


LAYOUTS = [
    ColourModel(),
    ColourModel(batch=1),
    ColourModel(batch=4),
    ColourModel(end_to_end=True),
    ColourModel(height="h", width="w"),
    ColourModel(half=True),
]


@pytest.mark.parametrize("model", LAYOUTS, ids=str)
def test_every_layout_finds_what_is_painted_in_pixels_of_the_picture(
    tmp_path: Path, model: ColourModel
) -> None:
    picture = painted(256, 192, ("red", 0, 0, 64, 64), ("blue", 192, 128, 64, 64))
    first, second = detector(tmp_path, model).detect([picture, picture[:, ::-1]])
    assert said(first) == [(0, [0, 0, 64, 64]), (2, [192, 128, 256, 192])]
    assert said(second) == [(0, [192, 0, 256, 64]), (2, [0, 128, 64, 192])]
    assert first[:, 4] == pytest.approx(1.0, abs=0.02)


def test_padding_is_taken_off_and_boxes_end_at_the_edge(tmp_path: Path) -> None:
    found = detector(tmp_path).detect([painted(256, 100, ("green", 0, 0, 64, 100))])[0]
    assert (found[:, 5] == 1).all()
    assert found[:, 1].min() == 0
    assert found[:, 3].max() <= 100


@pytest.mark.parametrize("model", [ColourModel(), ColourModel(batch=3)], ids=str)
def test_a_batch_gives_what_its_pictures_give_one_by_one(
    tmp_path: Path, model: ColourModel
) -> None:
    random = np.random.default_rng(3)
    pictures = [random.integers(0, 256, (200, 300, 3), np.uint8) for _ in range(5)]
    loaded = detector(tmp_path, model)
    alone = [loaded.detect([picture])[0] for picture in pictures]
    assert sum(map(len, alone)) > 0
    for together, single in zip(loaded.detect(pictures), alone, strict=True):
        np.testing.assert_array_equal(together, single)


def test_no_pictures_give_no_detections(tmp_path: Path) -> None:
    assert detector(tmp_path).detect([]) == []


def test_a_model_of_any_size_takes_the_size_that_is_asked_for(tmp_path: Path) -> None:
    loaded = detector(tmp_path, ColourModel(height="h", width="w"), image_size=200)
    found = loaded.detect([painted(224, 224, ("red", 0, 0, 32, 32))])[0]
    assert said(found) == [(0, [0, 0, 32, 32])]  # 200 is rounded up to 224: seven strides


HOSTILE = [(1, 1), (1, 4000), (20_000, 3), (2, 33_000), (7, 5)]


@pytest.mark.parametrize(("width", "height"), HOSTILE)
@pytest.mark.parametrize("model", [ColourModel(), ColourModel(height="h", width="w")], ids=str)
def test_a_picture_of_an_odd_shape_gives_a_plain_result(
    tmp_path: Path, model: ColourModel, width: int, height: int
) -> None:
    picture = painted(width, height, ("red", 0, 0, width, height))
    found = detector(tmp_path, model).detect([picture])[0]
    assert np.isfinite(found).all()
    assert (found[:, :4] >= 0).all()
    assert (found[:, :4] <= (width, height) * 2).all()


def test_names_are_read_from_a_file_where_the_model_has_none(tmp_path: Path) -> None:
    path = ColourModel().write(tmp_path / "colours.onnx", NAMELESS)
    assert names_file_identity(path) is None
    (tmp_path / "colours.txt").write_text("rood\n\nblauw\n")
    assert OnnxDetector(path, THRESHOLDS).names == {0: "rood", 1: "class 1", 2: "blauw"}
    identity = names_file_identity(path)
    (tmp_path / "colours.txt").write_text("rouge\nvert\nbleu\n")
    assert names_file_identity(path) not in (None, identity)


@pytest.mark.parametrize("names", ["['red', 'green', 'blue']", "{0: 'red', 2: 'blue', 1: 'green'}"])
def test_names_may_be_a_list_or_a_table(tmp_path: Path, names: str) -> None:
    assert detector(tmp_path, names=names).names == {0: "red", 1: "green", 2: "blue"}


BAD_NAMES = ["", "__import__('os').getcwd()", "{0: 'red', 7: 'blue'}", "{" * 5000, "[]", "3"]


@pytest.mark.parametrize("names", BAD_NAMES)
def test_names_that_are_no_literal_table_are_not_believed(tmp_path: Path, names: str) -> None:
    with pytest.raises(AnalysisError, match="names no classes") as caught:
        detector(tmp_path, names=names)
    assert caught.value.code == "model_unsupported"


def refused(path: Path) -> AnalysisError:
    with pytest.raises(AnalysisError) as caught:
        OnnxDetector(path, THRESHOLDS).detect([painted(64, 64, ("red", 0, 0, 64, 64))])
    assert caught.value.remedy
    assert path.name in caught.value.message
    return caught.value


@pytest.mark.parametrize("content", [b"", b"no model at all", b"\x08\x08\x12\x00"])
def test_a_file_that_is_no_model_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.onnx"
    path.write_bytes(content)
    assert refused(path).code == "model_unsupported"


def test_a_truncated_model_is_named(tmp_path: Path) -> None:
    path = ColourModel().write(tmp_path / "cut.onnx")
    path.write_bytes(path.read_bytes()[:300])
    assert refused(path).code == "model_unsupported"


@pytest.mark.parametrize(
    ("model", "metadata", "reason"),
    [
        (ColourModel(channels=1), METADATA, "1 channels"),
        (ColourModel(), {**METADATA, "task": "classify"}, "'classify'"),
        (ColourModel(), {**METADATA, "names": "['red', 'green']"}, r"\(n, 6, anchors\)"),
        (ColourModel(end_to_end=True), {**METADATA, "names": "['red']"}, "class 1"),
    ],
)
def test_a_model_of_another_kind_is_refused_with_the_reason(
    tmp_path: Path, model: ColourModel, metadata: dict[str, str], reason: str
) -> None:
    path = model.write(tmp_path / "other.onnx", metadata)
    with pytest.raises(AnalysisError, match=reason) as caught:
        OnnxDetector(path, THRESHOLDS).detect([painted(64, 64, ("green", 0, 0, 64, 64))])
    assert caught.value.code == "model_unsupported"


def identity_model(path: Path, shape: list[Any], type_: int, factor: float = 1.0) -> Path:
    """A model whose output is its input times a factor."""
    image = onnx.helper.make_tensor_value_info("x", type_, shape)
    out = onnx.helper.make_tensor_value_info("y", type_, shape)
    by = onnx.helper.make_tensor("by", type_, [], [factor])
    node = onnx.helper.make_node("Mul", ["x", "by"], ["y"])
    graph = onnx.helper.make_graph([node], "identity", [image], [out], [by])
    opset = [onnx.helper.make_opsetid("", 17)]
    model = onnx.helper.make_model(graph, opset_imports=opset, ir_version=8)
    onnx.helper.set_model_props(model, {"names": "['a']"})
    onnx.save(model, str(path))
    return path


@pytest.mark.parametrize(
    ("shape", "type_"),
    [
        ([1, 3, 64], onnx.TensorProto.FLOAT),
        (["n", 3, 64, 64], onnx.TensorProto.INT32),
        (["n", 3, 64, 64], onnx.TensorProto.FLOAT),
    ],
)
def test_a_graph_that_is_no_detector_is_refused(
    tmp_path: Path, shape: list[Any], type_: int
) -> None:
    path = identity_model(tmp_path / "other.onnx", shape, type_)
    assert refused(path).code == "model_unsupported"
