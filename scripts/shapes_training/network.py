"""A small anchor-free detector that looks at a picture at four scales with the same weights.

A shape is found at the scale at which it is a few cells wide. So the network needs to know each
shape at one size only, and every shape of every size teaches it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from .outlines import LABELS

COARSEST = 32  # px; sides of a picture are multiples of it
SCALES = (1, 2, 4, 8)  # px of the picture in one px of each scale
CELL = 8  # px of a scale between the cells that answer
WIDTHS = (16, 32, 48)  # channels at strides 2, 4 and 8
MOMENTUM = 0.05  # of the norms
RARE = -4.0  # logit: at first nothing is likely
LARGEST = 4.0  # natural logarithm, in cells: more than any shape has
Levels = list[Tensor]


class _Convolution(nn.Module):  # type: ignore[misc]
    """Convolution, norm and rectifier on each scale.

    Statistics of the norm span all scales: with those of a scale of its own, the running ones
    that the finished network uses would fit none.
    """

    def __init__(self, inside: int, outside: int, stride: int = 1) -> None:
        super().__init__()
        self.weigh = nn.Conv2d(inside, outside, 3, stride, 1, bias=False)
        self.norm = nn.BatchNorm2d(outside)

    def forward(self, levels: Levels) -> Levels:
        weighed = [self.weigh(level) for level in levels]
        if self.training:
            return self._together(weighed)
        return [functional.relu(self.norm(level)) for level in weighed]

    def _together(self, levels: Levels) -> Levels:
        """All scales as one long list of cells; views, as channels are last in memory."""
        rows = [level.permute(0, 2, 3, 1).flatten(0, 2) for level in levels]
        norm = self.norm
        statistics = (norm.running_mean, norm.running_var, norm.weight, norm.bias)
        normed = functional.batch_norm(torch.cat(rows), *statistics, True, MOMENTUM)
        parts = functional.relu(normed).split([len(each) for each in rows])
        return [_shaped(part, level) for part, level in zip(parts, levels, strict=True)]


def _shaped(rows: Tensor, like: Tensor) -> Tensor:
    count, channels, height, width = like.shape
    return rows.reshape(count, height, width, channels).permute(0, 3, 1, 2)


class _Residual(nn.Module):  # type: ignore[misc]
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            _Convolution(channels, channels), _Convolution(channels, channels)
        )

    def forward(self, levels: Levels) -> Levels:
        return [one + more for one, more in zip(levels, self.body(levels), strict=True)]


class ShapesNetwork(nn.Module):  # type: ignore[misc]
    """(N, 3, H, W) RGB 0 to 1, H and W multiples of 32, to the raw maps of each scale."""

    def __init__(self) -> None:
        super().__init__()
        half, fourth, eighth = WIDTHS
        self.body = nn.Sequential(
            _Convolution(3, half, stride=2),
            _Convolution(half, fourth, stride=2),
            _Convolution(fourth, fourth),
            _Convolution(fourth, eighth, stride=2),
            _Residual(eighth),
            _Residual(eighth),
            _Residual(eighth),
        )
        self.classes = nn.Conv2d(eighth, len(LABELS), 1)
        self.sides = nn.Conv2d(eighth, 4, 1)
        nn.init.constant_(self.classes.bias, RARE)

    def forward(self, pictures: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Per scale: class logits (N, classes, h, w) and distances (N, 4, h, w) in cells.

        Distances run from the cell's centre to left, top, right and bottom.
        """
        levels = [pictures]
        for _ in SCALES[1:]:
            levels.append(functional.avg_pool2d(levels[-1], 2))
        heads = self.body(levels)
        return [(self.classes(head), self.sides(head).clamp(max=LARGEST).exp()) for head in heads]


class ExportedDetector(nn.Module):  # type: ignore[misc]
    """The network in the layout of an exported YOLO: (N, 4 + classes, cells).

    Rows are x and y of the centre, width and height in input pixels, then a score per class.
    """

    def __init__(self, network: ShapesNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        maps = zip(self.network(images), SCALES, strict=True)
        rows = [_rows(classes, sides, CELL * scale) for (classes, sides), scale in maps]
        return torch.cat(rows, 2)


def _rows(classes: Tensor, sides: Tensor, stride: int) -> Tensor:
    before, after = sides[:, :2], sides[:, 2:]
    ones = torch.ones_like(classes[:, :1])
    # Counted by sums: the graph then holds for pictures of any size.
    centres = torch.cat([ones.cumsum(3), ones.cumsum(2)], 1) - 0.5
    middles = (centres + (after - before) / 2) * stride
    rows = torch.cat([middles, (before + after) * stride, _peaks(classes.sigmoid())], 1)
    return rows.flatten(2)


def _peaks(scores: Tensor) -> Tensor:
    """The scores, 0 beside a higher one: each shape is told once, whatever suppression follows."""
    highest = functional.max_pool2d(scores.amax(1, keepdim=True), 3, stride=1, padding=1)
    return scores * (scores >= highest)
