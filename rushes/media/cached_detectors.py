"""PySceneDetect's own detectors, fed with numbers from the cache in place of pictures.

A detector's decision (rolling average, minimum length, fades) stays the library's; only the step
that turns a picture into a number is replaced. Where `process_frame` expects a picture these
classes take what was measured: a score, a hash, an average.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scenedetect import FrameTimecode
from scenedetect.common import Timecode
from scenedetect.detectors import AdaptiveDetector, ContentDetector, HashDetector

from rushes.media.metrics import HASH_LOWPASS, HASH_SIZE

MICROSECOND = Fraction(1, 1_000_000)
"""The clock of PySceneDetect's OpenCV backend, which its command line uses."""


class ScoredContentDetector(ContentDetector):  # type: ignore[misc]
    """`process_frame(timecode, score)`; `score` is 0 to 255."""

    def _calculate_frame_score(self, timecode: FrameTimecode, frame_img: float) -> float:
        return frame_img


class ScoredAdaptiveDetector(AdaptiveDetector):  # type: ignore[misc]
    """`process_frame(timecode, score)`; `score` is 0 to 255."""

    def _calculate_frame_score(self, timecode: FrameTimecode, frame_img: float) -> float:
        return frame_img


class CachedHashDetector(HashDetector):  # type: ignore[misc]
    """`process_frame(timecode, bits)`; `bits` is uint8 (64,)."""

    def __init__(self, threshold: float, min_scene_len: int) -> None:
        super().__init__(threshold, HASH_SIZE, HASH_LOWPASS, min_scene_len)

    @staticmethod
    def hash_frame(frame_img: NDArray[np.uint8], hash_size: int, factor: int) -> NDArray[np.uint8]:
        return frame_img


class CorrelationDetector:
    """`HistogramDetector.process_frame` from the point where the correlation is known."""

    def __init__(self, threshold: float, min_scene_len: int) -> None:
        self._correlation = max(0.0, min(1.0, 1.0 - threshold))
        self._min_scene_len = min_scene_len
        self._last_cut: FrameTimecode | None = None

    def process_frame(self, timecode: FrameTimecode, correlation: float) -> list[FrameTimecode]:
        """A cut at `timecode`, or none."""
        if self._last_cut is None:
            self._last_cut = timecode
            return []
        if correlation > self._correlation:
            return []
        if timecode - self._last_cut < self._min_scene_len:
            return []
        self._last_cut = timecode
        return [timecode]

    def post_process(self, timecode: FrameTimecode) -> list[FrameTimecode]:
        """Nothing is left to say at the end."""
        return []


def microsecond_timecode(pts: int, time_base: Fraction, frame_rate: Fraction) -> FrameTimecode:
    """The timecode that PySceneDetect's command line gives a frame."""
    microseconds = round(
        Fraction(pts * time_base.numerator * MICROSECOND.denominator, time_base.denominator)
    )
    return FrameTimecode(Timecode(microseconds, MICROSECOND), frame_rate)
