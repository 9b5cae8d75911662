"""The bundled shapes detector, and the pictures that it is made and measured with."""

from __future__ import annotations

import ast
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import av
import numpy as np
import onnx
import onnxruntime
import pytest

from rushes.settings import PROJECT_ROOT
from scripts.shapes_training.scenes import Scene, Sizes, scene
from scripts.shapes_training.scoring import Score, detect, letterboxed, score, total

MODEL = PROJECT_ROOT / "samples" / "models" / "shapes.onnx"
LARGEST_BYTES = 3_000_000
SIDE = 512
FRAME = (288, SIDE)  # px: height and width of a 16:9 frame in the detector's input
STRIDES = (8, 16, 32, 64)
SIZES = Sizes(12, 280)  # px: 4 to 60 % of the height of most frames at this width
HELD_OUT = 77  # never a seed of the training
NAMES = {0: "circle", 1: "square", 2: "triangle"}
LEAST_F1 = 0.88  # on pictures with clutter, text and look-alikes
COARSE = "28"  # H.264 CRF that shows


def session_of(path: Path) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


@pytest.fixture(scope="module")
def session() -> Any:
    return session_of(MODEL)


@pytest.fixture(scope="module")
def scenes() -> list[Scene]:
    return [scene(np.random.default_rng([HELD_OUT, n]), SIDE, SIZES) for n in range(30)]


def compressed(pictures: list[np.ndarray]) -> list[np.ndarray]:
    """The pictures after H.264, each for itself."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as out:
        options = {"crf": COARSE, "preset": "veryfast", "g": "1"}
        stream = out.add_stream("libx264", rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = SIDE, SIDE, "yuv420p"
        for picture in pictures:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        out.mux(stream.encode(None))
    file.seek(0)
    with av.open(file, "r") as film:
        return [frame.to_ndarray(format="bgr24") for frame in film.decode(video=0)]


def check_layout(path: Path) -> None:
    """What readers of exported YOLO detectors rest on."""
    assert path.stat().st_size <= LARGEST_BYTES
    model = onnx.load(path)
    onnx.checker.check_model(model)
    told = {entry.key: entry.value for entry in model.metadata_props}
    assert ast.literal_eval(told["names"]) == NAMES
    assert (told["task"], told["stride"], told["imgsz"]) == ("detect", "32", "[512, 512]")
    runner = session_of(path)
    assert [each.name for each in runner.get_inputs()] == ["images"]
    assert [each.name for each in runner.get_outputs()] == ["output0"]
    for batch, height, width in ((1, SIDE, SIDE), (2, *FRAME)):
        blob = np.full((batch, 3, height, width), 0.5, np.float32)
        (rows,) = runner.run(None, {"images": blob})
        cells = sum(-(-height // stride) * -(-width // stride) for stride in STRIDES)
        assert rows.shape == (batch, 4 + len(NAMES), cells)
        assert np.isfinite(rows).all()
        assert ((rows[:, 4:] >= 0) & (rows[:, 4:] <= 1)).all()
        assert (rows[:, 2:4] > 0).all()


def test_the_bundled_detector_is_small_and_reads_like_an_exported_yolo() -> None:
    check_layout(MODEL)


def test_shapes_on_new_pictures_are_found(session: Any, scenes: list[Scene]) -> None:
    assert total(score(detect(session, each.picture), each) for each in scenes).f1 >= LEAST_F1


def test_shapes_are_found_after_compression_too(session: Any, scenes: list[Scene]) -> None:
    pictures = compressed([each.picture for each in scenes])
    pairs = zip(pictures, scenes, strict=True)
    assert total(score(detect(session, picture), each) for picture, each in pairs).f1 >= LEAST_F1


def test_almost_nothing_is_found_in_a_film_without_shapes(session: Any) -> None:
    with av.open(str(PROJECT_ROOT / "samples" / "first-rushes.mp4")) as film:
        pictures = [
            frame.to_ndarray(format="bgr24")
            for number, frame in enumerate(film.decode(video=0))
            if number % 25 == 10 and number < 620
        ]
    squares = [letterboxed(picture.astype(np.uint8), SIDE) for picture in pictures]
    assert sum(len(detect(session, square).labels) for square in squares) <= 2


def test_a_seed_always_gives_the_same_picture() -> None:
    one, other = (scene(np.random.default_rng([3, 1]), 160, Sizes(10, 80)) for _ in range(2))
    assert (one.picture == other.picture).all()
    assert (one.boxes == other.boxes).all()


def test_boxes_lie_inside_the_picture_and_have_an_area() -> None:
    for number in range(20):
        made = scene(np.random.default_rng([4, number]), 128, Sizes(10, 100))
        assert (made.boxes >= 0).all()
        assert (made.boxes <= 128).all()
        assert (made.boxes[:, :2] < made.boxes[:, 2:]).all()
        assert len(made.boxes) == len(made.labels)


def test_a_score_counts_what_is_right_wrong_and_missed() -> None:
    assert Score(right=3, wrong=1, missed=1).f1 == 0.75
    assert Score().f1 == 1.0
    assert total([Score(1, 2, 3), Score(4, 5, 6)]) == Score(5, 7, 9)


@pytest.mark.torch
def test_a_seed_always_trains_the_same_weights_in_the_same_layout(tmp_path: Path) -> None:
    one, again = tmp_path / "one.onnx", tmp_path / "again.onnx"
    script = PROJECT_ROOT / "scripts" / "train_shapes.py"
    for target in (one, again):
        command = [sys.executable, str(script), "--steps", "3", "--out", str(target)]
        subprocess.run(command, check=True)
    check_layout(one)
    assert one.read_bytes() == again.read_bytes()
