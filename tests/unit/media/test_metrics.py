from fractions import Fraction
from pathlib import Path

import numpy as np
from scenedetect import FrameTimecode, StatsManager
from scenedetect.detectors import ContentDetector, HashDetector

from rushes.media.detector_image import detector_size
from rushes.media.metrics import METRIC_NAMES, FrameMetrics, MetricsRecorder, hash_bits

RATE = Fraction(25)


def pictures(count: int) -> list[np.ndarray]:
    return list(np.random.default_rng(3).integers(0, 256, (count, 72, 128, 3), np.uint8))


def recorded(names: tuple[str, ...], count: int = 6) -> FrameMetrics:
    recorder = MetricsRecorder(names)
    for number, picture in enumerate(pictures(count)):
        recorder.add(number * 40, picture)
    return recorder.finish(Fraction(1, 1000), RATE, count * 40)


def test_deltas_equal_those_of_the_librarys_detector() -> None:
    metrics = recorded(("content", "edges"))
    detector = ContentDetector()
    detector.stats_manager = StatsManager()
    detector.stats_manager.register_metrics(detector.get_metrics())
    for number, picture in enumerate(pictures(6)):
        timecode = FrameTimecode(number, RATE)
        detector.process_frame(timecode, picture)
        if number:
            names = ["delta_hue", "delta_sat", "delta_lum", "delta_edges"]
            theirs = detector.stats_manager.get_metrics(timecode, names)
            assert [metrics.component(name)[number] for name in names] == theirs


def test_the_content_score_is_the_librarys() -> None:
    recorder, detector = MetricsRecorder(("content",)), ContentDetector()
    for number, picture in enumerate(pictures(4)):
        theirs = detector._calculate_frame_score(FrameTimecode(number, RATE), picture)
        assert abs(recorder.add(number, picture) - theirs) < 1e-12


def test_hashes_come_back_as_the_librarys_bits() -> None:
    metrics = recorded(("hash",))
    expected = [HashDetector.hash_frame(picture, 8, 2).ravel() for picture in pictures(6)]
    assert (hash_bits(metrics.columns["hash"]) == np.array(expected)).all()


def test_metrics_are_the_same_after_saving(tmp_path: Path) -> None:
    metrics = recorded(METRIC_NAMES)
    metrics.save(tmp_path / "m.npz")
    again = FrameMetrics.load(tmp_path / "m.npz")
    assert (again.times_ms == [0, 40, 80, 120, 160, 200]).all()
    assert (again.time_base, again.frame_rate) == (Fraction(1, 1000), RATE)
    assert (again.pixels, again.duration_ms) == (128 * 72, 240)
    assert set(again.columns) == set(metrics.columns)
    for name, values in metrics.columns.items():
        assert (again.columns[name] == values).all()


def test_the_detector_picture_has_256_pixels_on_its_long_side() -> None:
    assert detector_size(1920, 1080) == (256, 144)
    assert detector_size(1080, 1920) == (144, 256)
    assert detector_size(176, 144) == (176, 144)
