"""Non-maximum suppression: of several boxes round one thing, the best."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rushes.analysis.objects.detector import Floats

Indices = NDArray[np.intp]

_MOST_CANDIDATES = 30_000
"""Of more boxes than these the best are looked at, as in ultralytics."""


def suppress(
    boxes: Floats, scores: Floats, classes: NDArray[np.intp], *, iou: float, limit: int
) -> Indices:
    """Indices of the boxes to keep, by falling score, at most `limit`.

    A box goes where a better one of its own class overlaps it by more than `iou`. `boxes` is
    (n, 4): x1 y1 x2 y2. Of equal scores the first counts as better.
    """
    order = np.argsort(-scores, kind="stable")[:_MOST_CANDIDATES]
    kept: list[int] = []
    while len(order) and len(kept) < limit:
        best, order = order[0], order[1:]
        kept.append(int(best))
        same = classes[order] == classes[best]
        order = order[~(same & (overlap(boxes[best], boxes[order]) > iou))]
    return np.asarray(kept, np.intp)


def overlap(box: Floats, others: Floats) -> Floats:
    """Intersection over union of one box (4) with others (n, 4); 0 where both have no area."""
    upper_left = np.maximum(box[:2], others[:, :2])
    lower_right = np.minimum(box[2:], others[:, 2:])
    shared = np.prod(np.clip(lower_right - upper_left, 0, None), axis=1)
    union = _area(box[None]) + _area(others) - shared
    ratio = np.zeros_like(shared)
    np.divide(shared, union, out=ratio, where=union > 0)
    return np.asarray(ratio, np.float32)


def _area(boxes: Floats) -> Floats:
    sides: Floats = boxes[:, 2:] - boxes[:, :2]
    return np.asarray(sides[:, 0] * sides[:, 1], np.float32)
