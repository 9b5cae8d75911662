from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.analysis.scenes import SceneAnalyser, ScenesConfig, detect_cuts, scenes_from_cuts
from rushes.artifacts.schemas import SceneV1
from rushes.errors import AnalysisError
from rushes.media.metrics import FrameMetrics

RATE = Fraction(25)


def film(
    gaps_ms: list[int], score: np.ndarray | None = None, mean: np.ndarray | None = None
) -> FrameMetrics:
    """A film whose frames last `gaps_ms`, with given content scores or average pixel values."""
    times = np.cumsum([0, *gaps_ms])
    count = len(gaps_ms)
    values = np.zeros(count) if score is None else score
    deltas = np.round(values * 1000).astype(np.uint32)
    columns = dict.fromkeys(("delta_hue", "delta_sat", "delta_lum"), deltas)
    columns["mean"] = np.full(count, 100.0) if mean is None else mean
    columns["histogram"] = 1.0 - values / 255
    columns["hash"] = np.zeros(count, np.uint64)
    return FrameMetrics(
        times[:-1].astype(np.int64), Fraction(1, 1000), RATE, 1000, int(times[-1]), columns
    )


def scores(count: int, **peaks: float) -> np.ndarray:
    values = np.full(count, 1.0)
    for name, value in peaks.items():
        values[int(name[1:])] = value
    return values


films = st.lists(st.integers(1, 400), min_size=1, max_size=60).map(film)


@given(films, st.lists(st.integers(-5, 70)), st.sets(st.integers(0, 59)))
def test_scenes_cover_the_film_in_order_without_gaps(
    metrics: FrameMetrics, cuts: list[int], sampled: set[int]
) -> None:
    kept = sorted(frame for frame in sampled if frame < len(metrics))
    scenes = scenes_from_cuts(cuts, metrics, ScenesConfig(), kept)
    assert (scenes[0].start_frame, scenes[0].start_ms) == (0, 0)
    assert (scenes[-1].end_frame, scenes[-1].end_ms) == (len(metrics), metrics.duration_ms)
    for before, after in pairwise(scenes):
        assert (before.end_frame, before.end_ms) == (after.start_frame, after.start_ms)
    for index, scene in enumerate(scenes):
        assert scene.scene_index == index
        assert scene.start_frame < scene.end_frame
        assert scene.start_ms <= scene.keyframe_ms < scene.end_ms
        inside = [f for f in kept if scene.start_frame <= f < scene.end_frame]
        if inside:
            assert scene.keyframe_ms in {int(metrics.times_ms[frame]) for frame in inside}


@given(films, st.sampled_from(["adaptive", "content", "hash", "histogram", "threshold"]))
def test_a_film_in_which_nothing_happens_is_one_scene(metrics: FrameMetrics, method: str) -> None:
    config = ScenesConfig(method=method)
    assert detect_cuts(metrics, config) == []
    (scene,) = scenes_from_cuts([], metrics, config)
    assert scene.score is None


@pytest.mark.parametrize("method", ["adaptive", "content"])
def test_a_jump_of_the_content_score_is_a_cut(method: str) -> None:
    metrics = film([40] * 60, scores(60, f30=80.0))
    config = ScenesConfig(method=method)
    assert detect_cuts(metrics, config) == [30]
    assert scenes_from_cuts([30], metrics, config)[1].score == pytest.approx(80.0)


def test_another_threshold_gives_other_cuts_from_the_same_metrics() -> None:
    metrics = film([40] * 80, scores(80, f25=40.0, f50=90.0))
    assert detect_cuts(metrics, ScenesConfig(method="content")) == [25, 50]
    strict = ScenesConfig(method="content", content_threshold=60.0)
    assert detect_cuts(metrics, strict) == [50]


def test_the_shortest_scene_is_counted_in_seconds() -> None:
    metrics = film([40] * 80, scores(80, f30=80.0, f40=80.0))
    assert detect_cuts(metrics, ScenesConfig()) == [30]
    assert detect_cuts(metrics, ScenesConfig(min_scene_seconds=0.2)) == [30, 40]


def test_a_fade_to_black_is_cut_in_its_middle() -> None:
    mean = np.full(60, 100.0)
    mean[20:31] = 0.0
    assert detect_cuts(film([40] * 60, mean=mean), ScenesConfig(method="threshold")) == [26]


def test_a_cut_of_a_film_with_a_varying_rate_names_its_frame() -> None:
    metrics = film([40, 40, 80] * 20, scores(60, f31=80.0))
    assert detect_cuts(metrics, ScenesConfig()) == [31]


def test_a_metric_that_was_not_kept_is_named() -> None:
    with pytest.raises(AnalysisError, match="delta_edges"):
        detect_cuts(film([40] * 9), ScenesConfig(weights=(1, 1, 1, 1)))


def test_findings_fit_the_scene_schema() -> None:
    metrics = film([40] * 60, scores(60, f30=80.0))
    scenes = scenes_from_cuts([30], metrics, ScenesConfig())
    raw = {"scenes": [scene.__dict__ for scene in scenes]}
    findings = SceneAnalyser(ScenesConfig()).findings(raw)
    assert [(finding.start_ms, finding.end_ms) for finding in findings] == [(0, 1200), (1200, 2400)]
    for finding in findings:
        SceneV1.model_validate(finding.payload)
