"""The sample film and what truth.json says about it agree."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from scripts.sample_reel.edit import CAPTIONS
from scripts.sample_reel.lettering import ink_mask
from scripts.sample_reel.truth import truth as truth_of_the_edit_list

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
LARGEST_BYTES = 3_000_000
SHORTEST_SCENE_MS = 1_200
FRAME_MS = 40
MARGIN = 8  # px around a shape
UNLIKE_THE_BACKGROUND = 48  # of 255, in the channel that differs most


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((SAMPLES / "truth.json").read_text())
    return loaded


@pytest.fixture(scope="module")
def film(truth: dict[str, Any]) -> Path:
    return SAMPLES / str(truth["film"])


@pytest.fixture(scope="module")
def thumbnails(film: Path) -> np.ndarray:
    """Every frame as 64 x 36 grey, int16."""
    with av.open(str(film)) as container:
        frames = [
            frame.reformat(width=64, height=36, format="gray").to_ndarray()
            for frame in container.decode(video=0)
        ]
    return np.stack(frames).astype(np.int16)


def spans(items: Iterable[dict[str, Any]]) -> list[tuple[int, int]]:
    return [(item["start_ms"], item["end_ms"]) for item in items]


def test_the_truth_is_what_the_edit_list_says(truth: dict[str, Any]) -> None:
    assert truth == truth_of_the_edit_list(truth["film"])


def test_the_film_is_small_enough_to_ship(film: Path) -> None:
    assert film.stat().st_size <= LARGEST_BYTES


def test_the_streams_are_as_the_truth_says(film: Path, truth: dict[str, Any]) -> None:
    with av.open(str(film)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.name, audio.codec_context.name) == ("h264", "aac")
        assert (video.width, video.height) == (truth["width"], truth["height"])
        assert video.average_rate == Fraction(truth["fps"])
        assert video.start_time == 0
        assert container.duration == truth["duration_ms"] * 1000


def test_time_code_date_and_place_can_be_read(film: Path, truth: dict[str, Any]) -> None:
    with av.open(str(film)) as container:
        assert container.streams.video[0].metadata["timecode"] == truth["start_timecode"]
        assert container.metadata["location"] == truth["location"]
        written = datetime.fromisoformat(container.metadata["creation_time"])
    assert written == datetime.fromisoformat(truth["creation_time"])
    assert written.tzinfo == UTC


def test_every_frame_has_its_own_exact_time(film: Path, truth: dict[str, Any]) -> None:
    with av.open(str(film)) as container:
        packets = container.demux(container.streams.video[0])
        times = sorted(p.pts * p.time_base * 1000 for p in packets if p.pts is not None)
    assert times == [frame * FRAME_MS for frame in range(truth["frames"])]


def test_the_picture_jumps_most_at_exactly_the_cuts(
    thumbnails: np.ndarray, truth: dict[str, Any]
) -> None:
    jumps = np.abs(np.diff(thumbnails, axis=0)).mean(axis=(1, 2))
    cuts = [cut["frame"] for cut in truth["cuts"]]
    assert sorted(np.argsort(jumps)[-len(cuts) :] + 1) == cuts


def test_scenes_tile_the_film_and_meet_at_the_cuts(truth: dict[str, Any]) -> None:
    scenes = spans(truth["scenes"])
    assert scenes[0][0] == 0
    assert scenes[-1][1] == truth["duration_ms"]
    assert all(before[1] == after[0] for before, after in pairwise(scenes))
    assert [start for start, _ in scenes[1:]] == [cut["time_ms"] for cut in truth["cuts"]]
    assert len(truth["cuts"]) >= 5
    assert min(end - start for start, end in scenes) >= SHORTEST_SCENE_MS


def test_frames_and_milliseconds_name_the_same_moments(truth: dict[str, Any]) -> None:
    moments = truth["cuts"] + truth["faces"] + truth["shapes"]
    assert all(moment["frame"] * FRAME_MS == moment["time_ms"] for moment in moments)


def test_words_follow_each_other_and_make_up_the_utterances(truth: dict[str, Any]) -> None:
    words = spans(truth["words"])
    assert all(start < end for start, end in words)
    assert all(before[1] <= after[0] for before, after in pairwise(words))
    for utterance in truth["utterances"]:
        first, last = utterance["start_ms"], utterance["end_ms"]
        inside = [w for w in truth["words"] if first <= w["start_ms"] < w["end_ms"] <= last]
        assert " ".join(word["text"] for word in inside) == utterance["text"]
    assert sum(len(u["text"].split()) for u in truth["utterances"]) == len(words)


def test_the_sound_is_loud_where_someone_speaks_and_silent_after_the_last_word(
    film: Path, truth: dict[str, Any]
) -> None:
    resampler = av.AudioResampler(format="flt", layout="mono", rate=16_000)
    with av.open(str(film)) as container:
        frames = [f for a in container.decode(audio=0) for f in resampler.resample(a)]
    sound = np.concatenate([frame.to_ndarray()[0] for frame in frames])

    def level(start_ms: int, end_ms: int) -> float:
        return float(np.sqrt((sound[start_ms * 16 : end_ms * 16] ** 2).mean()))

    assert all(level(*span) > 0.02 for span in spans(truth["utterances"]))
    assert all(level(*span) < 0.001 for span in spans(truth["scenes"])[-2:])


def test_texts_faces_and_shapes_lie_inside_the_picture_and_the_film(truth: dict[str, Any]) -> None:
    for item in truth["texts"] + truth["faces"] + truth["shapes"]:
        box = item["box"]
        assert min(box.values()) >= 0
        assert box["x"] + box["width"] <= truth["width"]
        assert box["y"] + box["height"] <= truth["height"]
    assert all(0 <= start < end <= truth["duration_ms"] for start, end in spans(truth["texts"]))


def test_each_text_is_on_screen_from_its_first_frame_to_its_last(
    film: Path, truth: dict[str, Any]
) -> None:
    watched = {
        frame
        for text in truth["texts"]
        for edge in (text["start_ms"] // FRAME_MS, text["end_ms"] // FRAME_MS)
        for frame in (edge - 1, edge)
    }
    with av.open(str(film)) as container:
        grey = {
            index: frame.to_ndarray(format="gray").astype(float)
            for index, frame in enumerate(container.decode(video=0))
            if index in watched
        }
    for text, caption in zip(truth["texts"], CAPTIONS, strict=True):
        ink = inside(ink_mask(caption), text["box"])
        for frame, picture in grey.items():
            shown = text["start_ms"] <= frame * FRAME_MS < text["end_ms"]
            likeness = correlation(ink, inside(picture, text["box"]))
            assert (likeness > 0.8) == shown, (text["text"], frame, likeness)


def test_each_shape_fills_its_box_and_no_more(film: Path, truth: dict[str, Any]) -> None:
    start, end = spans(truth["scenes"])[-1]
    frames = range(start // FRAME_MS, end // FRAME_MS)
    assert [shape["frame"] for shape in truth["shapes"]] == [f for f in frames for _ in range(3)]
    watched = truth["shapes"][:: 3 * 7 + 1]
    numbers = {shape["frame"] for shape in watched}
    with av.open(str(film)) as container:
        pictures = {
            number: frame.to_ndarray(format="bgr24")
            for number, frame in enumerate(container.decode(video=0))
            if number in numbers
        }
    for shape in watched:
        box, around = shape["box"], dict(shape["box"])
        around["x"], around["y"] = box["x"] - MARGIN, box["y"] - MARGIN
        around["width"], around["height"] = box["width"] + 2 * MARGIN, box["height"] + 2 * MARGIN
        seen = inside(pictures[shape["frame"]].astype(int), around)
        rows, columns = np.nonzero(np.abs(seen - seen[0, 0]).max(2) > UNLIKE_THE_BACKGROUND)
        found = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        wanted = (MARGIN, MARGIN, MARGIN + box["width"], MARGIN + box["height"])
        assert np.abs(np.subtract(found, wanted)).max() <= 2, shape


def test_circle_square_and_triangle_are_all_there(truth: dict[str, Any]) -> None:
    labels = [shape["label"] for shape in truth["shapes"]]
    assert labels[:3] == ["circle", "square", "triangle"]
    assert labels == labels[:3] * (len(labels) // 3)


def correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Pearson's, -1 to 1; 0 where one of the two is flat."""
    one, other = one - one.mean(), other - other.mean()
    norm = np.sqrt((one**2).sum() * (other**2).sum())
    return float((one * other).sum() / norm) if norm else 0.0


def inside(picture: np.ndarray, box: dict[str, int]) -> np.ndarray:
    return picture[box["y"] : box["y"] + box["height"], box["x"] : box["x"] + box["width"]]


def test_the_credits_on_screen_and_on_paper_name_every_source(truth: dict[str, Any]) -> None:
    paper = (SAMPLES / "ATTRIBUTION.md").read_text()
    screen = " ".join(text["text"] for text in truth["texts"])
    for name in (
        "Big Buck Bunny",
        "Blender Foundation",
        "CC BY 3.0",
        "NASA",
        "LibriVox",
        "public domain",
    ):
        assert name in paper
        assert name in screen
