"""How well a detector in the YOLO layout finds the shapes of pictures that are known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .scenes import Scene

SAME_THING = 0.7  # overlap of two boxes of one class of which one is dropped
CONFIDENCE = 0.25
MATCHED = 0.5  # overlap with the truth that counts as found


@dataclass(frozen=True)
class Found:
    """Boxes (n, 4) left, top, right, bottom in px, labels (n,) and scores (n,), best first."""

    boxes: NDArray[np.float32]
    labels: NDArray[np.int64]
    scores: NDArray[np.float32]


@dataclass(frozen=True)
class Score:
    """Counts over many pictures."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 1 where there was nothing to find."""
        told = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / told if told else 1.0

    def __add__(self, other: Score) -> Score:
        return Score(self.right + other.right, self.wrong + other.wrong, self.missed + other.missed)


def detect(session: Any, picture: NDArray[np.uint8], confidence: float = CONFIDENCE) -> Found:
    """What the onnxruntime session finds on a picture (BGR) of its own input size."""
    blob = np.ascontiguousarray(picture[None, ..., ::-1].transpose(0, 3, 1, 2), np.float32) / 255
    rows = session.run(None, {"images": blob})[0][0].T
    middles, sides, scores = rows[:, :2], rows[:, 2:4], rows[:, 4:]
    likely = scores.max(1) >= confidence
    corners = np.concatenate([middles - sides / 2, middles + sides / 2], 1)[likely]
    best, labels = scores[likely].max(1), scores[likely].argmax(1)
    order = np.argsort(-best, kind="stable")
    kept: list[int] = []
    for one in order:
        same = [k for k in kept if labels[k] == labels[one]]
        if not same or overlap(corners[one], corners[same]).max() < SAME_THING:
            kept.append(int(one))
    return Found(corners[kept], labels[kept], best[kept])


def score(found: Found, scene: Scene) -> Score:
    """Each shape is found once at most."""
    free = list(range(len(scene.boxes)))
    right = 0
    for box, label in zip(found.boxes, found.labels, strict=True):
        near = overlap(box, scene.boxes[free]) if free else np.zeros(0)
        fits = [k for k in np.argsort(-near) if near[k] >= MATCHED]
        fits = [k for k in fits if scene.labels[free[k]] == label]
        if fits:
            free.pop(int(fits[0]))
            right += 1
    return Score(right, len(found.labels) - right, len(free))


def overlap(box: NDArray[Any], others: NDArray[Any]) -> NDArray[Any]:
    """Intersection over union of one box (4,) with others (n, 4)."""
    low, high = np.maximum(box[:2], others[:, :2]), np.minimum(box[2:], others[:, 2:])
    shared = np.clip(high - low, 0, None).prod(1)
    whole = (box[2:] - box[:2]).prod() + (others[:, 2:] - others[:, :2]).prod(1)
    return np.asarray(shared / np.maximum(whole - shared, 1e-9))


def letterboxed(picture: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """The picture scaled to fit into size x size, centred on YOLO's grey."""
    scale = size / max(picture.shape[:2])
    height, width = (round(side * scale) for side in picture.shape[:2])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    out = np.full((size, size, 3), 114, np.uint8)
    top, left = (size - height) // 2, (size - width) // 2
    out[top : top + height, left : left + width] = cv2.resize(
        picture, (width, height), interpolation=how
    )
    return out


def total(scores: Iterable[Score]) -> Score:
    """All of them together."""
    return sum(scores, Score())
