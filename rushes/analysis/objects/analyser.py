"""The objects stage: a detector behind the Analyser protocol."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import Any

from rushes.analysis.objects.batches import batches
from rushes.analysis.objects.class_names import names_file_identity
from rushes.analysis.objects.configuration import (
    ObjectsConfiguration,
    configuration_of,
)
from rushes.analysis.objects.detector import Detections, Detector
from rushes.analysis.objects.onnx_detector import OnnxDetector
from rushes.analysis.objects.ultralytics_detector import UltralyticsDetector
from rushes.analysis.objects.weights import (
    AUTOMATIC,
    choose_backend,
    choose_weights,
    weights_note,
)
from rushes.analysis.objects.yolo_output import Thresholds
from rushes.analysis.profile_rows import bad_value
from rushes.analysis.protocol import AnalyserIdentity, FilmMedia, Finding, Watch
from rushes.artifacts.schemas import BoundingBox, ObjectDetectionV1
from rushes.artifacts.vocabulary import ArtifactType
from rushes.media.cache_entry import SampledFrame
from rushes.media.pictures import Picture, pictures
from rushes.models.catalogue import Catalogue
from rushes.settings import Settings

log = logging.getLogger(__name__)

_DEFAULT_BATCH = 4
_LARGEST_BATCH = 64
_SCORE_DIGITS = 4
_BOX_DIGITS = 2


class ObjectAnalyser:
    """Things in the sampled frames, one artifact a detection.

    `path` is the file of weights, `cpu_threads` 0 means all cores, `batch_size` is how many
    frames the model is given at once (no result depends on it), and `weights_note` tells what
    the weights stand in for.
    """

    def __init__(
        self,
        configuration: ObjectsConfiguration,
        path: Path,
        *,
        cpu_threads: int = 0,
        batch_size: int = _DEFAULT_BATCH,
        weights_note: str | None = None,
    ) -> None:
        self.configuration: ObjectsConfiguration = configuration
        self.weights_note = weights_note
        self._path = path
        self._cpu_threads = cpu_threads or os.cpu_count() or 1
        self._batch_size = batch_size
        self._detector: Detector | None = None
        self._lock = Lock()

    @property
    def identity(self) -> AnalyserIdentity:
        """The library that runs the weights, with torch where it rests on that."""
        chosen = self.configuration
        if chosen.backend == "onnx":
            return AnalyserIdentity("onnxruntime", version("onnxruntime"), chosen.model)
        producer_version = f"{version('ultralytics')}+torch.{version('torch')}"
        return AnalyserIdentity("ultralytics", producer_version, chosen.model)

    def prepare(self) -> None:
        """Load the weights, once. AnalysisError `model_unsupported` says what is wrong with them,
        ConfigurationError which label of the profile they do not know."""
        with self._lock:
            if self._detector is None:
                self._detector = self._load()

    def analyse(self, film: FilmMedia, watch: Watch) -> dict[str, Any]:
        """All detections of the film, frame by frame, with the table of class names."""
        detector = self._ready()
        seen: list[dict[str, Any]] = []
        with film.cached() as media:  # an open entry is not evicted while its frames are read
            frames = every_nth(media.frames(), self.configuration.every_nth_frame)
            for batch in batches(pictures(frames), self._batch_size):
                watch.check()
                watch.measures.count("frames", len(batch))
                watch.measures.count("model_calls")
                with watch.measures.timed("inference"):
                    found = detector.detect([picture.pixels for picture in batch])
                seen += [_raw_frame(*each) for each in zip(batch, found, strict=True)]
                watch.progress(batch[-1].frame.end_ms / 1000, media.duration_ms / 1000)
        return self._raw(detector, seen)

    def findings(self, raw: dict[str, Any]) -> Sequence[Finding]:
        """One `object.detection` a box whose label is wanted, by frame and falling score."""
        return list(findings_of(raw, self.configuration.labels))

    def _raw(self, detector: Detector, frames: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "backend": self.configuration.backend,
            "producer_version": self.identity.producer_version,
            "model": self.configuration.model,
            "names": {str(number): name for number, name in sorted(detector.names.items())},
            "frames": frames,
        }

    def _ready(self) -> Detector:
        self.prepare()
        assert self._detector is not None
        return self._detector

    def _load(self) -> Detector:
        chosen = self.configuration
        thresholds = Thresholds(chosen.confidence, chosen.iou, chosen.max_detections)
        backend: type[OnnxDetector] | type[UltralyticsDetector] = (
            OnnxDetector if chosen.backend == "onnx" else UltralyticsDetector
        )
        detector = backend(
            self._path, thresholds, image_size=chosen.image_size, threads=self._cpu_threads
        )
        known = set(detector.names.values())
        for label in chosen.labels:
            if label not in known:
                raise bad_value(
                    "objects",
                    "labels",
                    f"{chosen.model} has no {label!r}, only {', '.join(sorted(known))}",
                )
        return detector


def every_nth(frames: Sequence[SampledFrame], step: int) -> list[SampledFrame]:
    """Each `step`-th frame from the first on; it stands for the film up to the next of them."""
    chosen = list(frames[::step])
    ends = [after.time_ms for _, after in pairwise(chosen)] + [f.end_ms for f in frames[-1:]]
    return [replace(frame, end_ms=end) for frame, end in zip(chosen, ends, strict=True)]


def findings_of(raw: dict[str, Any], labels: Sequence[str] = ()) -> Iterator[Finding]:
    """The artifacts of a raw output; boxes without area, at the very edge, are left out."""
    for frame in raw["frames"]:
        for number, score, x, y, width, height in frame["detections"]:
            label = raw["names"][str(number)]
            if (labels and label not in labels) or width <= 0 or height <= 0:
                continue
            payload = ObjectDetectionV1(
                label=label,
                confidence=min(1.0, score),
                bounding_box=BoundingBox(x=x, y=y, width=width, height=height),
                frame_number=frame["frame_number"],
                frame_width=frame["width"],
                frame_height=frame["height"],
            )
            yield Finding(
                ArtifactType.OBJECT_DETECTION,
                frame["start_ms"],
                frame["end_ms"],
                payload.model_dump(mode="json"),
            )


def _raw_frame(picture: Picture, detections: Detections) -> dict[str, Any]:
    """A frame with its detections as [class, score, x, y, width, height], pixels of the frame."""
    frame = picture.frame
    return {
        "frame_number": frame.frame_number,
        "start_ms": frame.time_ms,
        "end_ms": frame.end_ms,
        "width": frame.width,
        "height": frame.height,
        "detections": [_raw_detection(row) for row in detections.tolist()],
    }


def _raw_detection(row: list[float]) -> list[float]:
    left, top, right, bottom, score, number = row
    box = (left, top, right - left, bottom - top)
    return [int(number), round(score, _SCORE_DIGITS), *(round(side, _BOX_DIGITS) for side in box)]


def make_objects_analyser(
    settings: Settings, catalogue: Catalogue, options: Mapping[str, Any]
) -> ObjectAnalyser:
    """The analyser that a row of the profile table means, with the weights that are here.

    AnalysisError `model_unavailable` where none are and `extra_missing` where their backend is
    not installed, ConfigurationError where the row is wrong.
    """
    wanted = options.get("backend", AUTOMATIC)
    weights = choose_weights(catalogue, options["models"], wanted)
    chosen = choose_backend(weights, wanted)
    note = weights_note(weights)
    if note is not None:
        log.info("objects: %s", note)
    return ObjectAnalyser(
        configuration_of(
            options, chosen.backend, weights.identity, names_file_identity(chosen.path)
        ),
        chosen.path,
        cpu_threads=settings.cpu_threads,
        batch_size=_batch_size(options.get("batch_size", _DEFAULT_BATCH)),
        weights_note=note,
    )


def _batch_size(value: object) -> int:
    if not isinstance(value, int) or not 1 <= value <= _LARGEST_BATCH:
        raise bad_value(
            "objects", "batch_size", f"{value!r} is no number from 1 to {_LARGEST_BATCH}"
        )
    return value
