"""The objects stage with the bundled weights finds the sample's shapes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from rushes.analysis.objects.analyser import make_objects_analyser
from rushes.analysis.profiles import load_profiles
from rushes.analysis.protocol import FilmMedia, Finding, Watch
from rushes.media.cache import CachedMedia
from rushes.media.cache_entry import SampledFrame
from rushes.media.manifest import MediaPassConfig, MediaPassManifest
from rushes.media.media_pass import run_media_pass
from rushes.models.catalogue import Catalogue
from rushes.settings import PROJECT_ROOT, Settings

SAMPLE = PROJECT_ROOT / "samples" / "first-rushes.mp4"
TRUTH = PROJECT_ROOT / "samples" / "truth.json"
SAME_PLACE = 0.5  # intersection over union
Boxes = list[tuple[str, dict[str, float]]]


class SampledFilm:
    """The part of a cache entry that the stage reads, straight from a media pass."""

    def __init__(self, folder: Path, manifest: MediaPassManifest) -> None:
        self.duration_ms = manifest.duration_ms
        self._frames = [
            SampledFrame(
                folder / frame.file,
                frame.frame_number,
                frame.time_ms,
                frame.end_ms,
                frame.width,
                frame.height,
            )
            for frame in manifest.frames
        ]

    def frames(self) -> list[SampledFrame]:
        return self._frames

    @contextmanager
    def opened(self) -> Iterator[CachedMedia]:
        yield cast(CachedMedia, self)


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(TRUTH.read_text())
    return loaded


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Finding]:
    folder = tmp_path_factory.mktemp("sample") / "media"
    manifest = run_media_pass(
        SAMPLE,
        folder,
        MediaPassConfig(),
        progress=lambda done, total: None,
        deadline=None,
        threads=2,
    )
    film = SampledFilm(folder, manifest)
    opened = cast(Callable[[], CachedMedia], film.opened)
    settings = Settings(cpu_threads=2, profiles_file=None)
    row = load_profiles(settings).stage("balanced", "objects")
    analyser = make_objects_analyser(settings, Catalogue(settings), {**row, "models": ["shapes"]})
    analyser.prepare()
    return analyser.findings(analyser.analyse(FilmMedia("a", "b", SAMPLE, opened), Watch()))


def true_at(truth: dict[str, Any], frame: int) -> Boxes:
    return [(s["label"], s["box"]) for s in truth["shapes"] if s["frame"] == frame]


def found_at(found: Sequence[Finding], frame: int) -> Boxes:
    payloads = [each.payload for each in found if each.payload["frame_number"] == frame]
    return [(payload["label"], payload["bounding_box"]) for payload in payloads]


def overlap(one: dict[str, float], other: dict[str, float]) -> float:
    def shared(start: str, length: str) -> float:
        end = min(one[start] + one[length], other[start] + other[length])
        return max(0.0, end - max(one[start], other[start]))

    both = shared("x", "width") * shared("y", "height")
    return both / (one["width"] * one["height"] + other["width"] * other["height"] - both)


def matches(wanted: Boxes, told: Boxes) -> int:
    """How many of the true boxes are found, each by a box of its own."""
    free, count = list(told), 0
    for label, box in wanted:
        hit = next((f for f in free if f[0] == label and overlap(box, f[1]) >= SAME_PLACE), None)
        if hit is not None:
            free.remove(hit)
            count += 1
    return count


def test_the_shapes_of_the_sample_are_found(
    found: Sequence[Finding], truth: dict[str, Any]
) -> None:
    last = truth["scenes"][-1]
    frames = range(last["start_frame"], last["end_frame"])
    told = [each for each in found if each.payload["frame_number"] in frames]
    sampled = sorted({each.payload["frame_number"] for each in told})
    assert len(sampled) >= 4
    assert {(e.payload["frame_width"], e.payload["frame_height"]) for e in told} == {
        (truth["width"], truth["height"])
    }
    wanted = sum(len(true_at(truth, frame)) for frame in sampled)
    right = sum(matches(true_at(truth, frame), found_at(found, frame)) for frame in sampled)
    assert 2 * right / (wanted + len(told)) >= 0.9


def test_little_is_taken_for_a_shape_where_there_is_none(
    found: Sequence[Finding], truth: dict[str, Any]
) -> None:
    first = truth["scenes"][-1]["start_ms"]
    elsewhere = [each for each in found if each.start_ms < first]
    assert sum(each.payload["confidence"] >= 0.5 for each in elsewhere) <= 2
