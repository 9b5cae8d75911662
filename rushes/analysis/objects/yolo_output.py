"""Reads the output of a YOLO model in the layouts that ultralytics exports."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rushes.analysis.objects.detector import Detections, Floats
from rushes.analysis.objects.suppression import suppress

_BOX = 4
_END_TO_END_COLUMNS = 6
_HIGHEST_SCORE = 1.0 + 1e-3


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What of a model's output counts; see `ObjectsConfiguration`."""

    confidence: float
    iou: float
    max_detections: int


def read_output(
    output: NDArray[np.floating], classes: int, thresholds: Thresholds
) -> list[Detections]:
    """The detections of each picture of a batch, in pixels of the model's input.

    `output` is (n, 4 + classes, anchors) with x, y of the centre, width, height and a score a
    class, or end to end (n, anchors, 6) with x1 y1 x2 y2 score class. ValueError says what else
    it is.
    """
    values = np.asarray(output, np.float32)
    if values.ndim == 3 and values.shape[2] == _END_TO_END_COLUMNS:
        return [_end_to_end(rows, classes, thresholds) for rows in values]
    if values.ndim == 3 and values.shape[1] == _BOX + classes:
        return [_anchors(columns, thresholds) for columns in values]
    raise ValueError(
        f"its output has the shape {values.shape}; for {classes} classes it should be "
        f"(n, {_BOX + classes}, anchors) or (n, anchors, {_END_TO_END_COLUMNS})"
    )


def _anchors(columns: Floats, thresholds: Thresholds) -> Detections:
    best = columns[_BOX:].max(axis=0)
    _require_scores(best)
    columns = columns[:, (best > thresholds.confidence) & np.isfinite(columns[:_BOX]).all(axis=0)]
    scores, classes = columns[_BOX:].max(axis=0), columns[_BOX:].argmax(axis=0)
    centre, half = columns[:2].T, columns[2:_BOX].T / 2
    boxes = np.concatenate((centre - half, centre + half), axis=1, dtype=np.float32)
    kept = suppress(boxes, scores, classes, iou=thresholds.iou, limit=thresholds.max_detections)
    return np.column_stack((boxes[kept], scores[kept], classes[kept])).astype(np.float32)


def _end_to_end(rows: Floats, classes: int, thresholds: Thresholds) -> Detections:
    _require_scores(rows[:, 4])
    rows = rows[(rows[:, 4] > thresholds.confidence) & np.isfinite(rows).all(axis=1)]
    unknown = rows[(rows[:, 5] < 0) | (rows[:, 5] >= classes), 5]
    if len(unknown):
        raise ValueError(f"it gives the class {unknown[0]:g}, but names {classes} classes")
    rows = rows[np.argsort(-rows[:, 4], kind="stable")]
    return np.asarray(rows[: thresholds.max_detections], np.float32)


def _require_scores(scores: Floats) -> None:
    if np.any(scores > _HIGHEST_SCORE):
        raise ValueError(f"it gives the score {np.nanmax(scores):g}, which is no probability")
