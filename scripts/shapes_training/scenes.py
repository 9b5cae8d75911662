"""Generated pictures with plain shapes in them, and where those are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .backgrounds import background, colour
from .distractors import distract
from .outlines import Outline, Picture, Random, filled, random_outline, stroked

LETTERBOX_GREY = 114  # what YOLO pads with
LETTERBOXED_SHARE = 0.25
EMPTY_SHARE = 0.1  # of the pictures have no shape at all
MOST_SHAPES = 5
GAP = 2.0  # px at least between two shapes
LEAST_CONTRAST = 55.0  # of 255, in the channel that differs most
ATTEMPTS = 12
Area = tuple[int, int, int, int]


@dataclass(frozen=True)
class Scene:
    """A picture (BGR, uint8) and its shapes.

    `boxes` is (n, 4) left, top, right, bottom in px; `labels` (n,). Each shape is whole.
    """

    picture: NDArray[np.uint8]
    boxes: NDArray[np.float32]
    labels: NDArray[np.int64]


@dataclass(frozen=True)
class Sizes:
    """Of the larger side of a shape's box, px."""

    smallest: float
    largest: float

    def draw(self, random: Random) -> float:
        """Evenly over the logarithm: small ones are as frequent as large ones."""
        return float(np.exp(random.uniform(np.log(self.smallest), np.log(self.largest))))


def scene(random: Random, size: int, sizes: Sizes) -> Scene:
    """One picture of size x size px."""
    picture = np.ascontiguousarray(np.clip(background(random, size), 0, 255), np.uint8)
    area = _content_area(random, size)
    empty = random.random() < EMPTY_SHARE
    for _ in range(_number_of_distractors(random, empty)):
        distract(random, picture)
    placed: list[Outline] = []
    for _ in range(0 if empty else int(random.integers(1, MOST_SHAPES + 1))):
        outline = _place(random, sizes.draw(random), area, placed)
        if outline is not None:
            placed.append(outline)
            _paint(random, picture, outline)
    left, top, right, bottom = area
    padded = np.full_like(picture, LETTERBOX_GREY)
    padded[top:bottom, left:right] = filmed(random, picture)[top:bottom, left:right]
    boxes = np.array([outline.box for outline in placed], np.float32).reshape(-1, 4)
    return Scene(padded, boxes, np.array([outline.label for outline in placed], np.int64))


def filmed(random: Random, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture after lens, sensor and codec."""
    size = picture.shape[0]
    if random.random() < 0.15:
        smaller = int(size * random.uniform(0.5, 0.9))
        small = cv2.resize(picture, (smaller, smaller), interpolation=cv2.INTER_AREA)
        picture = np.asarray(cv2.resize(small, (size, size)), np.uint8)
    if random.random() < 0.25:
        blurred = cv2.GaussianBlur(picture, (0, 0), random.uniform(0.3, 1.0))
        picture = np.asarray(blurred, np.uint8)
    if random.random() < 0.25:
        grain = random.standard_normal(picture.shape, np.float32) * random.uniform(1, 10)
        picture = np.clip(picture + grain, 0, 255).astype(np.uint8)
    if random.random() < 0.6:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(40, 96))]
        decoded: Any = cv2.imdecode(cv2.imencode(".jpg", picture, quality)[1], cv2.IMREAD_COLOR)
        picture = decoded
    return picture


def _content_area(random: Random, size: int) -> Area:
    """left, top, right, bottom of what is picture; the rest is padding."""
    if random.random() > LETTERBOXED_SHARE:
        return 0, 0, size, size
    one, other = (int(random.uniform(0, 0.25) * size) for _ in range(2))
    if random.random() < 0.5:
        return one, 0, size - other, size
    return 0, one, size, size - other


def _number_of_distractors(random: Random, empty: bool) -> int:
    if empty:
        return int(random.integers(1, 7))
    return 0 if random.random() < 0.5 else int(random.integers(1, 4))


def _place(random: Random, size: float, area: Area, others: list[Outline]) -> Outline | None:
    """A shape of `size` px where there is room for it; None when no try fits."""
    outline = random_outline(random, size)
    left, top, right, bottom = area
    half_wide, half_tall = outline.box[2], outline.box[3]
    if 2 * half_wide >= right - left or 2 * half_tall >= bottom - top:
        return None
    for _ in range(ATTEMPTS):
        x = random.uniform(left + half_wide, right - half_wide)
        y = random.uniform(top + half_tall, bottom - half_tall)
        moved = outline.moved_to(float(x), float(y))
        if not any(_touch(moved, other) for other in others):
            return moved
    return None


def _paint(random: Random, picture: NDArray[np.uint8], outline: Outline) -> None:
    window = _window(outline, picture.shape[0])
    behind = picture[window].astype(np.float32)
    corners = outline.corners - [window[1].start, window[0].start]
    mask = filled(behind.shape[:2], corners)[..., None]
    size, style = np.ptp(corners, axis=0).max(), random.random()
    fill = np.broadcast_to(_contrasting(random, behind, mask[..., 0]), behind.shape)
    if style < 0.12:
        ramp = np.linspace(-1, 1, behind.shape[0])[:, None, None]
        fill = fill + ramp * random.uniform(-40, 40, 3)
    elif style < 0.2:
        fill = fill + random.standard_normal(behind.shape, np.float32) * random.uniform(2, 12)
    painted = behind * (1 - mask) + fill * mask
    if style > 0.88 and size > 20:
        rim = stroked(behind.shape[:2], corners, int(random.integers(1, 5)))[..., None]
        painted = painted * (1 - rim) + colour(random) * rim
    picture[window] = np.clip(np.rint(painted), 0, 255)


def _contrasting(random: Random, behind: Picture, mask: Picture) -> Picture:
    """A colour that stands out from what the shape will hide."""
    covered = behind[mask > 0.5] if (mask > 0.5).any() else behind.reshape(-1, 3)
    middle, spread = covered.mean(0), covered.std(0).max()
    for _ in range(ATTEMPTS):
        ink = colour(random)
        if np.abs(ink - middle).max() > LEAST_CONTRAST + spread:
            return ink
    return np.where(middle > 127, 0.0, 255.0)


def _window(outline: Outline, size: int) -> tuple[slice, slice]:
    """Rows and columns of the picture that the shape can touch."""
    left, top, right, bottom = (int(edge) for edge in outline.box)
    margin = 4
    columns = slice(max(0, left - margin), min(size, right + margin))
    return slice(max(0, top - margin), min(size, bottom + margin)), columns


def _touch(one: Outline, other: Outline) -> bool:
    return bool(
        one.box[0] < other.box[2] + GAP
        and other.box[0] < one.box[2] + GAP
        and one.box[1] < other.box[3] + GAP
        and other.box[1] < one.box[3] + GAP
    )
