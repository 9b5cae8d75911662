"""What the benchmarks of the whole pipeline make of their seconds, and the films they measure."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from scripts.benchmarks import chunk, pipeline
from scripts.benchmarks.pipeline_film import totals
from scripts.benchmarks.pure_inference import PureInference
from scripts.benchmarks.report import Figure, Report
from scripts.benchmarks.sample_films import FPS, make_sample_film

TIMINGS = {
    "media_pass": {"decode": 3.0},
    "ocr": {"load": 2.0, "analyse": 14.0, "document": 0.5, "inference": 9.0, "gate": 3.0},
    "faces": {"load": 1.0, "analyse": 8.0, "document": 0.5, "inference": 7.0},
}
ALONE = {
    "media_pass": None,
    "ocr": PureInference(13.0, frames=10, gate_model=4.0),
    "faces": PureInference(7.0, frames=30),
}
OUTSIDE = {"imports": 1.0, "registration": 0.5}
HOLDING = Report("ocr-gate", [Figure.at_most("sample: gated / ungated", 0.4, 0.5)])


def test_overhead_is_all_that_is_neither_a_loaded_model_nor_its_inference() -> None:
    told = totals(31.0, OUTSIDE, TIMINGS, ALONE)
    assert told["inference"] == 20
    assert told["overhead / inference"] == pytest.approx((31 - 4 - 20) / 20)
    assert told[pipeline.STRICTER] == pytest.approx((31 - 4 - 16) / 16)
    assert told[pipeline.CLOCKED] == pytest.approx((31 - 4 - 9 - 3 - 7) / (9 + 3 + 7))


def test_the_parts_of_the_overhead_are_the_whole_overhead() -> None:
    told = totals(31.0, OUTSIDE, TIMINGS, ALONE)
    parts = (
        "registration", "decode", "documents", "stages beside their models",
        "the rest (Dagster, database)",
    )  # fmt: skip
    assert sum(told[name] for name in parts) == pytest.approx(31 - 4 - 20)


@pytest.mark.parametrize(("wall", "code"), [(29.0, 0), (29.1, 1)])
def test_the_pipeline_promises_a_quarter_of_the_inference(wall: float, code: int) -> None:
    taken = totals(wall, OUTSIDE, TIMINGS, ALONE)
    stages = {"faces": ALONE["faces"].to_dict()} if ALONE["faces"] else {}
    told = pipeline.report(taken, stages, HOLDING)
    assert told.exit_code == code
    figures = {each.name: each.value for each in told.figures}
    assert figures["faces: a frame"] == pytest.approx(7000 / 30)


def test_a_gate_that_does_not_hold_fails_the_pipelines_benchmark() -> None:
    taken = totals(25.0, OUTSIDE, TIMINGS, ALONE)
    broken = Report("ocr-gate", [Figure.at_most("sample: gated / ungated", 0.6, 0.5)])
    assert pipeline.report(taken, {}, broken).exit_code == 1


def test_the_table_has_a_line_for_each_stage_also_for_those_without_a_model() -> None:
    stages = {"media_pass": {"index decode": 3.0}, "faces": {"inference": 7.0, "frames": 30.0}}
    head, media, faces = pipeline.table_lines(stages)
    assert media.split() == ["media_pass", "3.00"]
    assert faces.split() == ["faces", "30", "233.3", "7.00", "100", "%", "0.00"]
    assert len(head) == len(media) == len(faces)


@pytest.mark.parametrize(("films", "code"), [(20.0, 0), (19.9, 1)])
def test_a_chunk_promises_twice_the_films_of_single_runs(films: float, code: int) -> None:
    assert chunk.report({"chunk": films, "single": 10.0}).exit_code == code


def test_a_film_past_the_samples_end_goes_on_from_its_begin_as_another_turn(
    tmp_path: Path,
) -> None:
    size = (192, 108)
    film = make_sample_film(tmp_path / "film.mp4", 0.8, start_seconds=28.6, size=size)
    again = make_sample_film(tmp_path / "again.mp4", 0.8, start_seconds=28.6, size=size)
    other = make_sample_film(tmp_path / "other.mp4", 0.8, seed=1, start_seconds=28.6, size=size)
    pictures, sound = _streams(film)
    assert len(pictures) == round(0.8 * FPS)
    assert np.abs(pictures[0].astype(int) - pictures[-1]).mean() > 10  # the shapes, then the slate
    assert sound == pytest.approx(0.8, abs=0.05)
    assert np.array_equal(pictures, _streams(again)[0])
    assert not np.array_equal(pictures, _streams(other)[0])


def _streams(film: Path) -> tuple[NDArray[np.uint8], float]:
    """The pictures, and the seconds of sound."""
    with av.open(str(film)) as container:
        pictures = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
    with av.open(str(film)) as container:
        samples = sum(frame.samples for frame in container.decode(audio=0))
        rate = container.streams.audio[0].rate
    return np.stack(pictures), samples / rate
