"""Which cells answer for which shape, and how wrong their answers are.

The cells nearest to a shape's centre answer, as in FCOS (Tian et al., 2019); those around them
may say what they like, for only the best of neighbours is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from .network import CELL, SCALES
from .outlines import LABELS, Picture
from .scenes import Scene

# Larger side, in cells of a scale, of the shapes that it answers for. They overlap, so that a
# shape between two scales is found at both rather than at none. The first takes smaller ones
# too, the last larger ones.
REACH = (2.0, 5.25)
NEAR = 0.7  # cells from a shape's centre within which cells answer for it: one to four
UNSURE = 1.3  # within which they are not asked
IGNORED = -1.0
LEAST_DISTANCE = 0.05  # cells: a cell's centre may lie beyond the edge of a tiny shape
FOCUS = 2
BOX_WEIGHT = 2.0


@dataclass(frozen=True)
class Targets:
    """Of one scale: `heat` (N, classes, h, w) and `boxes` (N, 4, h, w).

    Heat is 1 where a cell answers for a shape, 0 where not, and `IGNORED`. Boxes are distances
    from the cell's centre to left, top, right and bottom, in cells.
    """

    heat: Tensor
    boxes: Tensor


def targets(scenes: Sequence[Scene], scale: int) -> Targets:
    """What the network should answer at a scale."""
    stride = CELL * scale
    side = scenes[0].picture.shape[0] // stride
    heat = np.zeros((len(scenes), len(LABELS), side, side), np.float32)
    boxes = np.ones((len(scenes), 4, side, side), np.float32)
    for index, scene in enumerate(scenes):
        for box, label in zip(scene.boxes / stride, scene.labels, strict=True):
            if not _answers(box, scale):
                continue
            sides = _sides(side, box)
            away = np.abs(sides[:2] - sides[2:]).max(0) / 2
            mine = heat[index, label]
            mine[(away <= UNSURE) & (mine == 0)] = IGNORED
            mine[away <= NEAR] = 1
            boxes[index][:, away <= NEAR] = np.maximum(sides[:, away <= NEAR], LEAST_DISTANCE)
    return Targets(torch.from_numpy(heat), torch.from_numpy(boxes))


def loss(maps: Sequence[tuple[Tensor, Tensor]], scenes: Sequence[Scene]) -> Tensor:
    """Focal loss of the classes plus the errors of the boxes, per answering cell."""
    total, count = torch.zeros(()), 0.0
    for (classes, sides), scale in zip(maps, SCALES, strict=True):
        wanted = targets(scenes, scale)
        answers = (wanted.heat == 1).any(1)
        wrong_box = (_apart(sides, wanted.boxes) * answers).sum()
        total = total + _focal(classes, wanted.heat) + BOX_WEIGHT * wrong_box
        count += float(answers.sum())
    return total / max(count, 1.0)


def _answers(box: Picture, scale: int) -> bool:
    size = max(box[2] - box[0], box[3] - box[1])
    least = 0.0 if scale == SCALES[0] else REACH[0]
    most = np.inf if scale == SCALES[-1] else REACH[1]
    return bool(least <= size <= most)


def _sides(side: int, box: Picture) -> Picture:
    """(4, side, side): from each cell's centre to left, top, right and bottom."""
    line = np.arange(side, dtype=np.float32) + 0.5
    columns, rows = np.meshgrid(line, line)
    left, top, right, bottom = box
    return np.stack([columns - left, rows - top, right - columns, bottom - rows])


def _focal(logits: Tensor, heat: Tensor) -> Tensor:
    """The clearer an answer is right, the less it counts (Lin et al., 2017)."""
    scores = logits.sigmoid()
    right = functional.logsigmoid(logits) * (1 - scores) ** FOCUS * (heat == 1)
    wrong = functional.logsigmoid(-logits) * scores**FOCUS * (heat == 0)
    return -(right + wrong).sum()


def _apart(one: Tensor, other: Tensor) -> Tensor:
    """1 - generalised IoU (Rezatofighi et al., 2019) plus mean ratio, as logarithm, of the sides.

    Of boxes (N, 4, ...) around the same points.
    """
    low, high = torch.minimum(one, other), torch.maximum(one, other)
    shared, hull = _area(low), _area(high)
    both = _area(one) + _area(other) - shared
    generalised = shared / both - (hull - both) / hull
    return 1 - generalised + (one.log() - other.log()).abs().mean(1)


def _area(distances: Tensor) -> Tensor:
    return (distances[:, 0] + distances[:, 2]) * (distances[:, 1] + distances[:, 3])
