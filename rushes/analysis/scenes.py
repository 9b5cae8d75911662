"""Scenes of a film, from the metrics that the media pass kept: no picture is needed.

The cuts are those of PySceneDetect's command line with the same detector and settings, to the
frame: its own detector classes run on the cached numbers, with its clock and its default of 0.6 s
for the shortest scene.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol

import numpy as np
import scenedetect
from numpy.typing import NDArray
from pydantic import Field
from scenedetect import FrameTimecode
from scenedetect.detector import FlashFilter
from scenedetect.detectors import ThresholdDetector

from rushes.analysis.protocol import (
    AnalyserIdentity,
    FilmMedia,
    Finding,
    StageConfiguration,
    Watch,
)
from rushes.artifacts.vocabulary import ArtifactType
from rushes.errors import AnalysisError
from rushes.media.cached_detectors import (
    CachedHashDetector,
    CorrelationDetector,
    ScoredAdaptiveDetector,
    ScoredContentDetector,
    microsecond_timecode,
)
from rushes.media.metrics import FrameMetrics, hash_bits

Method = Literal["adaptive", "content", "hash", "histogram", "threshold"]


class ScenesConfig(StageConfiguration):
    """Which detector, and its parameters; defaults are those of PySceneDetect's command line."""

    method: Method = Field(default="adaptive", description="threshold finds fades to black.")
    min_scene_seconds: float = Field(default=0.6, ge=0, description="Shortest scene, seconds.")
    adaptive_threshold: float = Field(
        default=3.0, ge=0, description="Content score over the mean of its neighbours."
    )
    adaptive_window: int = Field(default=2, ge=1, description="Frames on each side in that mean.")
    adaptive_min_content: float = Field(
        default=15.0, ge=0, le=255, description="Content score that a cut needs at least."
    )
    content_threshold: float = Field(default=27.0, ge=0, le=255, description="Content score.")
    content_filter: Literal["merge", "suppress"] = Field(
        default="merge", description="What becomes of cuts closer than the shortest scene."
    )
    weights: tuple[float, float, float, float] = Field(
        default=(1.0, 1.0, 1.0, 0.0),
        description="Of hue, saturation, luma and edges in the content score.",
    )
    hash_threshold: float = Field(default=0.35, ge=0, le=1, description="Part of 64 hash bits.")
    histogram_threshold: float = Field(
        default=0.2, ge=0, le=1, description="1 minus the correlation of luma histograms."
    )
    fade_level: int = Field(default=12, ge=0, le=255, description="Average pixel value of black.")
    fade_bias: float = Field(
        default=0.0, ge=-1, le=1, description="Where in the black the cut lies; 0: the middle."
    )
    fade_min_seconds: float = Field(default=0.1, ge=0, description="Shortest black that counts.")
    fade_final_scene: bool = Field(default=True, description="A fade-out at the end is a cut.")


@dataclass(frozen=True)
class Scene:
    """Frames `start_frame` up to `end_frame` (exclusive), and the same in milliseconds.

    `score` is the detector's number at the cut that begins the scene: the content score (0 to
    255), the part of hash bits that changed, 1 minus the correlation, or the average pixel value;
    None for a scene that no cut begins.
    """

    scene_index: int
    start_frame: int
    end_frame: int
    start_ms: int
    end_ms: int
    score: float | None
    keyframe_ms: int
    method: str


class _Detector(Protocol):
    def process_frame(self, timecode: FrameTimecode, frame_img: Any) -> list[FrameTimecode]: ...

    def post_process(self, timecode: FrameTimecode) -> list[FrameTimecode]: ...


def detect_cuts(metrics: FrameMetrics, config: ScenesConfig) -> list[int]:
    """The numbers of the frames that begin a new scene, ascending; frame 0 is not among them.

    Raises `AnalysisError` when the metrics that the detector needs were not kept.
    """
    if not len(metrics):
        return []
    values = _detector_input(metrics, config)
    detector = _make_detector(metrics, config)
    clock = [
        microsecond_timecode(int(pts), metrics.time_base, metrics.frame_rate) for pts in metrics.pts
    ]
    found: list[FrameTimecode] = []
    for timecode, value in zip(clock, values, strict=True):
        found += detector.process_frame(timecode, value)
    found += detector.post_process(clock[-1])
    numbers = _FrameNumbers(clock)
    return sorted({number for cut in found if 0 < (number := numbers.of(cut)) < len(metrics)})


def scenes_from_cuts(
    cuts: Sequence[int],
    metrics: FrameMetrics,
    config: ScenesConfig,
    sampled_frames: Sequence[int] = (),
) -> list[Scene]:
    """Scenes that cover the film without gap or overlap, one more than there are cuts.

    `sampled_frames` are the numbers of the frames kept as pictures, ascending. A scene's keyframe
    is the one of them nearest to its middle; where none lies within, its middle frame, which only
    the film itself can show. Cuts that would leave a scene without a millisecond are dropped.
    """
    if not len(metrics):
        return []
    times = [*metrics.times_ms.tolist(), metrics.duration_ms]
    bounds = [0]
    for cut in sorted({cut for cut in cuts if 0 < cut < len(metrics)}):
        if times[bounds[-1]] < times[cut] < metrics.duration_ms:
            bounds.append(cut)
    scores = cut_scores(metrics, config)
    ends = [*bounds[1:], len(metrics)]
    return [
        Scene(
            scene_index=index,
            start_frame=start,
            end_frame=end,
            start_ms=times[start],
            end_ms=times[end],
            score=float(scores[start]) if index else None,
            keyframe_ms=times[_keyframe(start, end, times, sampled_frames)],
            method=config.method,
        )
        for index, (start, end) in enumerate(zip(bounds, ends, strict=True))
    ]


def cut_scores(metrics: FrameMetrics, config: ScenesConfig) -> NDArray[np.float64]:
    """The number of each frame that the detector judges, in the sense of `Scene.score`."""
    if config.method == "hash":
        bits = hash_bits(_column(metrics, "hash"))
        changed = np.count_nonzero(bits[1:] != bits[:-1], axis=1) / bits.shape[1]
        return np.concatenate([[0.0], changed])
    if config.method == "histogram":
        return 1.0 - _column(metrics, "histogram").astype(np.float64)
    values: NDArray[np.float64] = np.asarray(_detector_input(metrics, config), np.float64)
    return values


class SceneAnalyser:
    """The scenes stage: cached metrics in, scenes out. Deterministic; needs no model."""

    def __init__(self, config: ScenesConfig) -> None:
        self._config = config
        self.configuration: StageConfiguration = config
        self.identity = AnalyserIdentity("scenedetect", scenedetect.__version__, "none")

    def prepare(self) -> None:
        """There is nothing to load."""

    def analyse(self, film: FilmMedia, watch: Watch) -> dict[str, Any]:
        """The scenes as JSON values."""
        with film.cached() as media:
            metrics = media.metrics()
            sampled = [frame.frame_number for frame in media.frames()]
        watch.check()
        cuts = detect_cuts(metrics, self._config)
        scenes = scenes_from_cuts(cuts, metrics, self._config, sampled)
        watch.progress(metrics.duration_ms / 1000, metrics.duration_ms / 1000)
        return {"scenes": [asdict(scene) for scene in scenes]}

    def findings(self, raw: dict[str, Any]) -> Sequence[Finding]:
        """One artifact a scene."""
        return [
            Finding(
                ArtifactType.SCENE,
                scene["start_ms"],
                scene["end_ms"],
                {
                    name: value
                    for name, value in scene.items()
                    if name not in ("start_ms", "end_ms")
                },
            )
            for scene in raw["scenes"]
        ]


class _FrameNumbers:
    """From a detector's timecode back to the frame it names."""

    def __init__(self, clock: Sequence[FrameTimecode]) -> None:
        self._by_pts = {timecode.pts: number for number, timecode in enumerate(clock)}
        self._nominal = [timecode.frame_num for timecode in clock]
        self._time_base = clock[0].time_base

    def of(self, cut: FrameTimecode) -> int:
        """The frame's number; a cut between frames, as in the middle of a fade, gives the next."""
        if cut.time_base == self._time_base and cut.pts in self._by_pts:
            return self._by_pts[cut.pts]
        return bisect_left(self._nominal, cut.frame_num)


def _make_detector(metrics: FrameMetrics, config: ScenesConfig) -> _Detector:
    rate = metrics.frame_rate
    shortest = round(config.min_scene_seconds * float(rate))  # as the command line counts
    makers: dict[str, Callable[[], _Detector]] = {
        "adaptive": lambda: ScoredAdaptiveDetector(
            adaptive_threshold=config.adaptive_threshold,
            min_scene_len=shortest,
            window_width=config.adaptive_window,
            min_content_val=config.adaptive_min_content,
        ),
        "content": lambda: ScoredContentDetector(
            threshold=config.content_threshold,
            min_scene_len=shortest,
            filter_mode=FlashFilter.Mode[config.content_filter.upper()],
        ),
        "hash": lambda: CachedHashDetector(config.hash_threshold, shortest),
        "histogram": lambda: CorrelationDetector(config.histogram_threshold, shortest),
        "threshold": lambda: ThresholdDetector(
            threshold=config.fade_level,
            min_scene_len=shortest,
            fade_bias=config.fade_bias,
            add_final_scene=config.fade_final_scene,
            min_out_length=FrameTimecode(config.fade_min_seconds, rate),
        ),
    }
    return makers[config.method]()


def _detector_input(metrics: FrameMetrics, config: ScenesConfig) -> NDArray[Any]:
    """What the detector takes in place of each frame's picture."""
    if config.method == "hash":
        return hash_bits(_column(metrics, "hash"))
    if config.method in ("histogram", "threshold"):
        return _column(metrics, "histogram" if config.method == "histogram" else "mean")
    names = ("delta_hue", "delta_sat", "delta_lum", "delta_edges")
    total = np.zeros(len(metrics), np.float64)
    for name, weight in zip(names, config.weights, strict=True):
        if weight:
            total += _column(metrics, name).astype(np.float64) / metrics.pixels * weight
    score: NDArray[np.float64] = total / (sum(abs(weight) for weight in config.weights) or 1.0)
    return score


def _column(metrics: FrameMetrics, name: str) -> NDArray[Any]:
    if name not in metrics.columns:
        raise AnalysisError(
            f"The media pass did not keep '{name}', which this scene detector needs.",
            remedy="add its metric to the media pass's `metrics` and run that stage again",
        )
    return metrics.columns[name]


def _keyframe(start: int, end: int, times: Sequence[int], sampled: Sequence[int]) -> int:
    inside = sampled[bisect_left(sampled, start) : bisect_right(sampled, end - 1)]
    middle = (times[start] + times[end]) / 2
    return min(
        inside or [(start + end - 1) // 2], key=lambda frame: (abs(times[frame] - middle), frame)
    )
