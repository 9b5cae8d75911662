"""Captions: one antialiased mask a line, drawn on the picture and measured for the truth."""

from __future__ import annotations

from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .edit import HEIGHT, WIDTH, Caption

Mask = NDArray[np.float32]

FONT = cv2.FONT_HERSHEY_DUPLEX
OVERSAMPLING = 4  # stroke fonts look ragged when they are drawn at their final size
INK_THRESHOLD = 0.25  # share of a pixel that must be ink to count for the box
PLATE_MARGIN = 9  # px
PLATE_OPACITY = 0.62
INK = (245, 245, 240)  # BGR


@cache
def ink_mask(caption: Caption) -> Mask:
    """How much of each pixel of the frame is ink: HEIGHT x WIDTH, 0 to 1."""
    thickness = max(1, round(caption.height * OVERSAMPLING / 9))
    scale = cv2.getFontScaleFromHeight(FONT, caption.height * OVERSAMPLING, thickness)
    (width, _), _ = cv2.getTextSize(caption.text, FONT, scale, thickness)
    x = (WIDTH * OVERSAMPLING - width) // 2 if caption.x is None else caption.x * OVERSAMPLING
    large = np.zeros((HEIGHT * OVERSAMPLING, WIDTH * OVERSAMPLING), np.uint8)
    origin = (x, caption.baseline * OVERSAMPLING)
    cv2.putText(large, caption.text, origin, FONT, scale, 255, thickness, cv2.LINE_AA)
    mask: Mask = cv2.resize(
        large.astype(np.float32) / 255, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA
    )
    return mask


def ink_box(caption: Caption) -> dict[str, int]:
    """The smallest box around the ink, in pixels of the film."""
    rows, columns = np.nonzero(ink_mask(caption) >= INK_THRESHOLD)
    x, y = int(columns.min()), int(rows.min())
    return {
        "x": x,
        "y": y,
        "width": int(columns.max()) - x + 1,
        "height": int(rows.max()) - y + 1,
    }


def draw(picture: NDArray[Any], captions: list[Caption]) -> NDArray[np.uint8]:
    """The picture (BGR) with the captions on it, dark plates below those that ask for one."""
    out = picture.astype(np.float32)
    for caption in captions:
        if caption.plate:
            out[_plate(caption)] *= 1 - PLATE_OPACITY
    for caption in captions:
        mask = ink_mask(caption)[..., None]
        out = out * (1 - mask) + np.array(INK, np.float32) * mask
    return np.clip(np.rint(out), 0, 255).astype(np.uint8)


def _plate(caption: Caption) -> tuple[slice, slice]:
    box = ink_box(caption)
    top, left = box["y"] - PLATE_MARGIN, box["x"] - PLATE_MARGIN
    bottom = box["y"] + box["height"] + PLATE_MARGIN
    right = box["x"] + box["width"] + PLATE_MARGIN
    return slice(max(0, top), bottom), slice(max(0, left), right)
