"""From detections to artifacts, and what a configuration allows, without any model."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.analysis.faces.alignment import aligned, similarity
from rushes.analysis.faces.configuration import FacesConfiguration, configuration_of
from rushes.analysis.faces.face import Box, Face
from rushes.analysis.faces.quality import frontality, quality
from rushes.analysis.faces.raw_output import findings_of, raw_face, raw_frame
from rushes.analysis.faces.second_look import cut_out
from rushes.analysis.faces.yunet_detector import sides_to_look_at
from rushes.analysis.profiles import load_profiles
from rushes.artifacts.schemas import FaceDetectionV1
from rushes.errors import ConfigurationError
from rushes.media.cache_entry import SampledFrame
from rushes.settings import Settings

AHEAD = np.asarray([[30, 40], [70, 40], [50, 60], [35, 80], [65, 80]], np.float32)
unit = st.floats(0, 1, allow_nan=False)
place = st.floats(-500, 500, allow_nan=False, width=32)


def frame(width: int = 200, height: int = 100) -> SampledFrame:
    return SampledFrame(Path("one.jpg"), 25, 1000, 2000, width, height)


def noise(seed: int = 0, size: tuple[int, int] = (112, 112)) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (*size, 3), np.uint8)


@given(
    score=unit,
    how_good=unit,
    x=place,
    side=st.floats(1, 500),
    vector=st.none() | st.lists(st.floats(-1, 1, width=32), min_size=128, max_size=128),
)
def test_findings_of_raw_output_are_the_same_after_json(
    score: float, how_good: float, x: float, side: float, vector: list[float] | None
) -> None:
    values = None if vector is None else np.asarray(vector, np.float32)
    face = Face(Box(x, 3.0, side, side), score, AHEAD)
    raw = {
        "embedding_model": "sface",
        "embedding_model_version": "0123456789ab",
        "frames": [raw_frame(frame(), [raw_face(face, how_good, values)]), raw_frame(frame(), [])],
    }
    found = list(findings_of(raw))

    assert found == list(findings_of(json.loads(json.dumps(raw))))
    assert len(found) == 1
    payload = FaceDetectionV1.model_validate(found[0].payload)
    assert payload.confidence == pytest.approx(score, abs=1e-4)
    assert (found[0].start_ms, found[0].end_ms) == (1000, 2000)
    assert (payload.frame_number, payload.frame_width, payload.embedding_id) == (25, 200, None)
    if values is None:
        assert found[0].embedding is None
    else:
        assert found[0].embedding is not None
        assert found[0].embedding.vector == values.astype("<f4").tobytes()


def test_a_face_without_landmarks_has_none_in_its_artifact() -> None:
    raw_one = raw_face(Face(Box(1, 2, 30, 40), 0.9, None), 0.5, None)
    raw = {"frames": [raw_frame(frame(), [raw_one])]}
    assert next(findings_of(raw)).payload["landmarks"] == []


@given(turn=st.floats(-3, 3), scale=st.floats(0.1, 10), shift=st.tuples(place, place))
def test_alignment_undoes_any_turn_scale_and_shift(
    turn: float, scale: float, shift: tuple[float, float]
) -> None:
    rotation = scale * np.asarray([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    points = AHEAD.astype(np.float64)
    moved = points @ rotation.T + shift
    move = similarity(moved, points)
    assert moved @ move[:, :2].T + move[:, 2] == pytest.approx(points, abs=1e-3)


def test_landmarks_in_one_point_still_give_a_crop() -> None:
    face = Face(Box(0, 0, 20, 20), 0.9, np.zeros((5, 2), np.float32))
    assert aligned(noise(), face).shape == (112, 112, 3)


@given(scores=st.tuples(unit, unit), side=st.floats(4, 300), lean=st.floats(-0.5, 0.5))
def test_quality_is_a_fraction_and_grows_with_the_score(
    scores: tuple[float, float], side: float, lean: float
) -> None:
    landmarks = AHEAD.copy()
    landmarks[2, 0] += lean * 40
    low, high = (
        quality(Face(Box(0, 0, side, side), score, landmarks), noise()) for score in sorted(scores)
    )
    assert 0 <= low <= high <= 1


def test_quality_falls_with_size_blur_and_a_turned_head() -> None:
    crop = cv2.GaussianBlur(noise(), (0, 0), 2)
    face = Face(Box(0, 0, 112, 112), 0.9, AHEAD)
    turned = AHEAD.copy()
    turned[2, 0] = 65
    best = quality(face, crop)
    assert quality(Face(Box(0, 0, 20, 20), 0.9, AHEAD), crop) < best
    assert quality(face, cv2.GaussianBlur(crop, (0, 0), 6)) < best
    assert quality(Face(face.box, 0.9, turned), crop) < best
    assert frontality(AHEAD) == 1
    turned[2, 0] = 72
    assert frontality(turned) == 0
    assert frontality(np.zeros((5, 2), np.float32)) == 0


@given(
    size=st.tuples(st.integers(1, 60), st.integers(1, 60)),
    middle=st.tuples(unit, unit),
    box=st.tuples(st.floats(0.5, 5000), st.floats(0.5, 5000)),
    side=st.sampled_from((32, 64)),
)
def test_a_close_look_is_small_whatever_is_looked_at(
    size: tuple[int, int], middle: tuple[float, float], box: tuple[float, float], side: int
) -> None:
    width, height = box
    x, y = middle[0] * size[1] - width / 2, middle[1] * size[0] - height / 2
    part, expected = cut_out(noise(1, size), Box(x, y, width, height), side)
    longest = 3 * side + 2 * max(1.0, side / max(box)) + 1
    assert 1 <= part.shape[0] <= longest
    assert 1 <= part.shape[1] <= longest
    assert min(expected.width, expected.height) > 0


@pytest.mark.parametrize(
    ("long_side", "sides", "looked_at"),
    [
        (1280, (160, 640, 1280), [160, 640, 1280]),
        (768, (640, 160, 1280), [160, 640, 768]),
        (100, (160, 640), [100]),
        (20_000, (160, 640), [160, 640]),
    ],
)
def test_no_picture_is_enlarged_and_none_looked_at_larger_than_asked(
    long_side: int, sides: tuple[int, ...], looked_at: list[int]
) -> None:
    assert sides_to_look_at(long_side, sides) == looked_at


@pytest.mark.parametrize("profile", ["fast", "balanced", "high_quality"])
def test_each_profile_is_a_configuration(profile: str) -> None:
    row = load_profiles(Settings(profiles_file=None)).stage(profile, "faces")
    chosen = configuration_of(row, "yunet", "yunet", "sface")
    assert chosen.recognise
    assert FacesConfiguration.model_validate_json(chosen.model_dump_json()) == chosen


@pytest.mark.parametrize(
    ("key", "value"), [("confidence", 1.5), ("sides", []), ("sides", [3]), ("speed", 1)]
)
def test_a_wrong_row_is_told_by_its_key(key: str, value: object) -> None:
    with pytest.raises(ConfigurationError, match=rf"faces\.{key}"):
        configuration_of({key: value}, "yunet", "yunet", "sface")


def test_no_vector_model_may_be_named_without_recognition() -> None:
    with pytest.raises(ConfigurationError):
        configuration_of({"recognise": False}, "yunet", "yunet", "sface")
    assert configuration_of({"recognise": False}, "yunet", "yunet", None).embedding_model is None


def test_vectors_are_kept_bit_for_bit() -> None:
    vector = np.linspace(-1, 1, 128, dtype=np.float32)
    kept = raw_face(Face(Box(0, 0, 9, 9), 0.9, None), 1.0, vector)["vector"]
    assert np.array_equal(np.frombuffer(base64.b64decode(kept), "<f4"), vector)
