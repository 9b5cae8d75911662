"""Real readers on the sample film: every text of its truth, and what the gate leaves out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from rushes.analysis.ocr.analyser import OcrAnalyser, make_ocr_analyser
from rushes.analysis.ocr.similarity import similarity
from rushes.analysis.profiles import load_profiles
from rushes.analysis.protocol import FilmMedia, Finding, Watch
from rushes.artifacts.schemas import OcrTextV1
from rushes.errors import AnalysisError
from rushes.media.cache import CachedMedia
from rushes.media.cache_entry import SampledFrame
from rushes.models.catalogue import Catalogue
from rushes.settings import PROJECT_ROOT, Settings

SAMPLE = PROJECT_ROOT / "samples" / "first-rushes.mp4"
ERROR_LIMIT = 0.05
EASYOCR = {
    "backend": "easyocr", "models": ["easyocr-en"], "reading_side": 768, "min_confidence": 0.3,
}  # fmt: skip
MOMENTS = (0, 25, 100, 220, 350, 500, 560)
"""Frames of the sample: each of its texts is in one of them, and one has none."""


@dataclass
class Pictures:
    """Stands for an open entry of the media cache."""

    sampled: Sequence[SampledFrame]

    def __enter__(self) -> Pictures:
        return self

    def __exit__(self, *error: object) -> None:
        return

    @property
    def duration_ms(self) -> int:
        return self.sampled[-1].end_ms

    def frames(self) -> Sequence[SampledFrame]:
        return self.sampled


def film_of(pictures: Sequence[tuple[int, np.ndarray]], folder: Path) -> FilmMedia:
    """A film of BGR pictures and their frame numbers, at 25 frames a second."""
    numbers = [number for number, _ in pictures]
    ends = [*numbers[1:], numbers[-1] + 25]
    sampled = []
    for (number, pixels), end in zip(pictures, ends, strict=True):
        path = folder / f"{number}.jpg"
        cv2.imwrite(str(path), pixels, [cv2.IMWRITE_JPEG_QUALITY, 85])
        height, width = pixels.shape[:2]
        sampled.append(SampledFrame(path, number, number * 40, end * 40, width, height))
    opened: Callable[[], CachedMedia] = lambda: Pictures(sampled)  # type: ignore[assignment,return-value]  # noqa: E731
    return FilmMedia("film", "content", SAMPLE, opened)


def analyser_of(**over: Any) -> OcrAnalyser:
    settings = Settings(cpu_threads=2, profiles_file=None)
    row = {**load_profiles(settings).stage("balanced", "ocr"), **over}
    try:
        analyser = make_ocr_analyser(settings, Catalogue(settings), row)
        analyser.prepare()
    except AnalysisError as error:
        pytest.skip(str(error))
    return analyser


@pytest.fixture(scope="module", params=[
    pytest.param({}, id="rapidocr"),
    pytest.param(EASYOCR, id="easyocr", marks=pytest.mark.torch),
])  # fmt: skip
def analyser(request: pytest.FixtureRequest) -> OcrAnalyser:
    return analyser_of(**request.param)


@pytest.fixture(scope="module")
def rapid() -> OcrAnalyser:
    return analyser_of()


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> FilmMedia:
    if not SAMPLE.is_file():
        pytest.skip("samples/first-rushes.mp4 is not there")
    return film_of(list(_moments()), tmp_path_factory.mktemp("sample"))


def _moments() -> Iterator[tuple[int, np.ndarray]]:
    with av.open(str(SAMPLE)) as film:
        for number, frame in enumerate(film.decode(video=0)):
            if number in MOMENTS:
                yield number, frame.to_ndarray(format="bgr24")
            if number >= MOMENTS[-1]:
                return


def test_every_text_of_the_sample_is_read_in_its_time_and_place(
    analyser: OcrAnalyser, sample: FilmMedia, sample_truth: dict[str, Any]
) -> None:
    found = analyser.findings(analyser.analyse(sample, Watch()))
    errors = letters = 0
    for truth in sample_truth["texts"]:
        if truth["start_ms"] > MOMENTS[-1] * 40:
            continue
        best = max(found, key=lambda finding: similarity(finding.payload["text"], truth["text"]))
        errors += character_errors(best.payload["text"], truth["text"])
        letters += len(truth["text"])
        assert best.start_ms < truth["end_ms"]
        assert best.end_ms > truth["start_ms"]
        assert centre_is_inside(OcrTextV1.model_validate(best.payload), truth["box"])
    assert errors <= ERROR_LIMIT * letters


def test_the_gate_reads_less_and_finds_the_same(rapid: OcrAnalyser, sample: FilmMedia) -> None:
    gated, all_read = Watch(), Watch()
    found = rapid.findings(rapid.analyse(sample, gated))
    ungated = analyser_of(gate=False)
    raw = ungated.analyse(sample, all_read)
    assert all_read.measures.counts["frames"] == len(MOMENTS) == len(raw["frames"])
    assert gated.measures.counts["frames"] <= len(MOMENTS) - 2
    assert summary(found) == summary(ungated.findings(raw))


def test_the_raw_output_is_json_and_says_the_same_again(
    rapid: OcrAnalyser, sample: FilmMedia
) -> None:
    raw = rapid.analyse(sample, Watch())
    assert rapid.findings(json.loads(json.dumps(raw))) == rapid.findings(raw)
    assert rapid.analyse(sample, Watch()) == raw


def test_hostile_pictures_give_a_plain_result(rapid: OcrAnalyser, tmp_path: Path) -> None:
    shapes = [(1, 1), (2, 9), (16, 20_000), (20_000, 16), (40, 4000), (1200, 1600)]
    noise = np.random.default_rng(1)
    film = film_of(
        [
            (25 * place, noise.integers(0, 256, (*shape, 3), np.uint8))
            for place, shape in enumerate(shapes)
        ],
        tmp_path,
    )
    for analyser in (rapid, analyser_of(gate=False)):
        for finding in analyser.findings(analyser.analyse(film, Watch())):
            OcrTextV1.model_validate(finding.payload)


def test_a_missing_extra_is_named() -> None:
    from importlib.util import find_spec

    if find_spec("easyocr") is not None:
        pytest.skip("easyocr is installed")
    from rushes.analysis.ocr.easy_reader import EasyReader

    with pytest.raises(AnalysisError) as caught:
        EasyReader(
            Path("nowhere"), ["en"], reading_side=640, word_gap=1.0, line_margin=0.15, threads=1
        )
    assert caught.value.code == "extra_missing"
    assert "rushes[easyocr]" in (caught.value.remedy or "")


def summary(findings: Sequence[Finding]) -> list[tuple[int, int, str]]:
    return sorted((each.start_ms, each.end_ms, each.payload["text"]) for each in findings)


def centre_is_inside(payload: OcrTextV1, box: dict[str, float]) -> bool:
    x = sum(point.x for point in payload.polygon) / len(payload.polygon)
    y = sum(point.y for point in payload.polygon) / len(payload.polygon)
    across = box["x"] <= x <= box["x"] + box["width"]
    return across and box["y"] <= y <= box["y"] + box["height"]


def character_errors(read: str, truth: str) -> int:
    """Levenshtein's distance."""
    row = list(range(len(truth) + 1))
    for place, char in enumerate(read, 1):
        before, row[0] = row[0], place
        for column, other in enumerate(truth, 1):
            here = min(row[column] + 1, row[column - 1] + 1, before + (char != other))
            before, row[column] = row[column], here
    return row[-1]
