"""A film's frames through the objects stage."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import cv2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.analysis.objects.analyser import ObjectAnalyser, every_nth
from rushes.analysis.objects.batches import batches
from rushes.analysis.objects.configuration import ObjectsConfiguration
from rushes.analysis.protocol import Analyser, FilmMedia, Watch
from rushes.artifacts.hashing import config_hash
from rushes.artifacts.schemas import ObjectDetectionV1
from rushes.artifacts.vocabulary import ArtifactType
from rushes.errors import AnalysisError, ConfigurationError, MediaError
from rushes.media.cache import CachedMedia
from rushes.media.cache_entry import SampledFrame
from rushes.media.pictures import Picture
from tests.unit.analysis.objects.colour_model import ColourModel, painted

SIZES = st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3)), max_size=20)


class MediaOfFrames:
    """What the stage reads of a media pass."""

    def __init__(self, frames: Sequence[SampledFrame]) -> None:
        self._frames = frames

    def __enter__(self) -> MediaOfFrames:
        return self

    def __exit__(self, *_: object) -> None:
        return

    @property
    def duration_ms(self) -> int:
        return self._frames[-1].end_ms if self._frames else 0

    def frames(self) -> list[SampledFrame]:
        return list(self._frames)


def frame(number: int, path: Path = Path("none"), width: int = 256, height: int = 192) -> Any:
    start = number * 1000
    return SampledFrame(path, number * 25, start, start + 1000, width, height)


def film(frames: Sequence[SampledFrame]) -> FilmMedia:
    media = cast(CachedMedia, MediaOfFrames(frames))
    return FilmMedia("asset", "hash", Path("film.mp4"), lambda: media)


@pytest.fixture
def red_then_blue(tmp_path: Path) -> list[SampledFrame]:
    """Five frames: a red square that becomes a blue one in the third; the last is empty."""
    frames = []
    for number, colour in enumerate(["red", "red", "blue", "blue", None]):
        patches = [(colour, 64, 64, 64, 64)] if colour else []
        path = tmp_path / f"{number}.png"
        cv2.imwrite(str(path), painted(256, 192, *patches))
        frames.append(frame(number, path))
    return frames


def analyser(tmp_path: Path, *, batch_size: int = 4, **settings: Any) -> ObjectAnalyser:
    path = ColourModel().write(tmp_path / "colours.onnx")
    configuration = ObjectsConfiguration(backend="onnx", model="colours", **settings)
    return ObjectAnalyser(configuration, path, cpu_threads=1, batch_size=batch_size)


def seen(found: Sequence[Any]) -> list[tuple[str, int, int]]:
    return [(each.payload["label"], each.start_ms, each.end_ms) for each in found]


def test_each_detection_is_an_artifact_of_its_frame(
    tmp_path: Path, red_then_blue: list[SampledFrame]
) -> None:
    stage = analyser(tmp_path)
    assert isinstance(stage, Analyser)
    found = stage.findings(stage.analyse(film(red_then_blue), Watch()))
    assert seen(found) == [
        ("red", 0, 1000), ("red", 1000, 2000), ("blue", 2000, 3000), ("blue", 3000, 4000)
    ]  # fmt: skip
    assert all(each.artifact_type is ArtifactType.OBJECT_DETECTION for each in found)
    payload = ObjectDetectionV1.model_validate(found[2].payload)
    assert (payload.frame_number, payload.frame_width, payload.frame_height) == (50, 256, 192)
    assert payload.bounding_box.model_dump() == {"x": 64, "y": 64, "width": 64, "height": 64}
    assert payload.confidence == 1


def test_the_raw_output_is_json_and_can_be_replayed_without_the_model(
    tmp_path: Path, red_then_blue: list[SampledFrame]
) -> None:
    raw = analyser(tmp_path).analyse(film(red_then_blue), Watch())
    assert raw["names"] == {"0": "red", "1": "green", "2": "blue"}
    assert raw["frames"][0]["detections"] == [[0, 1.0, 64.0, 64.0, 64.0, 64.0]]
    assert raw["frames"][4]["detections"] == []
    elsewhere = ObjectAnalyser(analyser(tmp_path).configuration, Path("gone.onnx"))
    again = elsewhere.findings(json.loads(json.dumps(raw)))
    assert again == analyser(tmp_path).findings(raw)


@pytest.mark.parametrize("batch_size", [1, 2, 3, 64])
def test_the_batch_size_changes_no_result(
    tmp_path: Path, red_then_blue: list[SampledFrame], batch_size: int
) -> None:
    expected = analyser(tmp_path).analyse(film(red_then_blue), Watch())
    stage = analyser(tmp_path, batch_size=batch_size)
    assert stage.analyse(film(red_then_blue), Watch()) == expected


def test_only_wanted_labels_become_artifacts(
    tmp_path: Path, red_then_blue: list[SampledFrame]
) -> None:
    stage = analyser(tmp_path, labels=("blue",))
    found = stage.findings(stage.analyse(film(red_then_blue), Watch()))
    assert {label for label, _, _ in seen(found)} == {"blue"}


def test_a_label_that_the_model_does_not_know_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="'cat', only blue, green, red"):
        analyser(tmp_path, labels=("red", "cat")).prepare()


def test_skipped_frames_are_covered_by_the_one_before(
    tmp_path: Path, red_then_blue: list[SampledFrame]
) -> None:
    stage = analyser(tmp_path, every_nth_frame=2)
    watch = Watch()
    found = stage.findings(stage.analyse(film(red_then_blue), watch))
    assert seen(found) == [("red", 0, 2000), ("blue", 2000, 4000)]
    assert watch.measures.counts["frames"] == 3


@given(st.integers(0, 30), st.integers(1, 40))
def test_looked_at_frames_cover_the_film(number: int, step: int) -> None:
    frames = [frame(each) for each in range(number)]
    chosen = every_nth(frames, step)
    assert [each.frame_number for each in chosen] == [f.frame_number for f in frames[::step]]
    assert sum(each.end_ms - each.time_ms for each in chosen) == 1000 * number


@given(SIZES, st.integers(1, 6))
def test_a_batch_is_of_one_size_and_nothing_is_lost(
    sizes: list[tuple[int, int]], largest: int
) -> None:
    given = [
        Picture(frame(number, width=width, height=height), painted(width, height))
        for number, (width, height) in enumerate(sizes)
    ]
    made = list(batches(given, largest))
    assert [picture for batch in made for picture in batch] == given
    assert all(1 <= len(batch) <= largest for batch in made)
    assert all(len({picture.pixels.shape for picture in batch}) == 1 for batch in made)


def test_a_batch_of_huge_pictures_is_small() -> None:
    huge = Picture(frame(0, width=8192, height=2048), painted(8192, 2048))
    assert [len(batch) for batch in batches([huge] * 5, 4)] == [2, 2, 1]


def test_a_film_without_frames_has_no_objects(tmp_path: Path) -> None:
    stage = analyser(tmp_path)
    assert stage.findings(stage.analyse(film([]), Watch())) == []


def test_a_damaged_picture_fails_its_film_only(
    tmp_path: Path, red_then_blue: list[SampledFrame]
) -> None:
    stage = analyser(tmp_path)
    content = red_then_blue[3].path.read_bytes()
    red_then_blue[3].path.write_bytes(content[: len(content) // 2])
    with pytest.raises(MediaError) as caught:
        stage.analyse(film(red_then_blue), Watch())
    assert caught.value.code == "damaged_picture"
    assert len(stage.analyse(film(red_then_blue[:3]), Watch())["frames"]) == 3


def test_grey_and_transparent_pictures_are_read_as_colour(tmp_path: Path) -> None:
    picture = painted(256, 192, ("red", 0, 0, 64, 64))
    cv2.imwrite(str(tmp_path / "grey.png"), picture[:, :, 2])
    cv2.imwrite(str(tmp_path / "alpha.png"), cv2.cvtColor(picture, cv2.COLOR_BGR2BGRA))
    frames = [frame(0, tmp_path / "grey.png"), frame(1, tmp_path / "alpha.png")]
    stage = analyser(tmp_path)
    grey, alpha = stage.analyse(film(frames), Watch())["frames"]
    assert grey["detections"][0][2:] == alpha["detections"][0][2:] == [0, 0, 64, 64]


def test_progress_is_told_and_the_time_limit_is_kept(
    tmp_path: Path, red_then_blue: list[SampledFrame]
) -> None:
    told: list[tuple[float, float]] = []
    watch = Watch(progress=lambda done, total: told.append((done, total)))
    analyser(tmp_path, batch_size=2).analyse(film(red_then_blue), watch)
    assert told == [(2, 5), (4, 5), (5, 5)]
    assert watch.measures.counts == {"frames": 5, "model_calls": 3}
    assert watch.measures.seconds["inference"] > 0
    with pytest.raises(AnalysisError) as caught:
        analyser(tmp_path).analyse(film(red_then_blue), Watch(deadline=0.0))
    assert caught.value.code == "timeout"


def test_whatever_changes_the_result_changes_the_hash() -> None:
    ground = ObjectsConfiguration(backend="onnx", model="a")
    changes: list[dict[str, Any]] = [
        {"model": "b"}, {"backend": "ultralytics"}, {"confidence": 0.3}, {"iou": 0.5},
        {"max_detections": 10}, {"image_size": 320}, {"every_nth_frame": 2}, {"labels": ("x",)},
        {"names_file": "0123456789ab"},
    ]  # fmt: skip
    made = [ObjectsConfiguration(**(ground.model_dump() | change)) for change in changes]
    assert len({config_hash(each) for each in [ground, *made]}) == len(changes) + 1
    assert {key for change in changes for key in change} == set(ObjectsConfiguration.model_fields)


def test_a_box_without_area_is_no_artifact() -> None:
    raw = {
        "names": {"0": "red"},
        "frames": [{
            "frame_number": 0, "start_ms": 0, "end_ms": 40, "width": 9, "height": 9,
            "detections": [[0, 0.9, 9.0, 1.0, 0.0, 3.0], [0, 1.0004, 1.0, 1.0, 2.0, 3.0]],
        }],
    }  # fmt: skip
    stage = ObjectAnalyser(ObjectsConfiguration(backend="onnx", model="a"), Path("none"))
    assert [each.payload["confidence"] for each in stage.findings(raw)] == [1.0]
