"""The slow push-in on the portrait, and where it takes the face."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .edit import HEIGHT, WIDTH

# The face in the 512 x 512 photograph, chin to hairline, as YuNet boxes it.
FACE = (178.0, 63.0, 90.0, 113.0)  # x, y, width, height in px


@dataclass(frozen=True)
class Window:
    """A 16:9 cut-out of the photograph: left, top and width in its pixels."""

    left: float
    top: float
    width: float

    @property
    def scale(self) -> float:
        """Film pixels a photograph pixel."""
        return WIDTH / self.width


OPENING = Window(0.0, 8.0, 512.0)
CLOSING = Window(53.0, 22.0, 350.0)


def window_at(progress: float) -> Window:
    """The cut-out at `progress` (0 first frame, 1 last), eased at both ends."""
    eased = progress * progress * (3 - 2 * progress)
    return Window(
        OPENING.left + (CLOSING.left - OPENING.left) * eased,
        OPENING.top + (CLOSING.top - OPENING.top) * eased,
        OPENING.width + (CLOSING.width - OPENING.width) * eased,
    )


def frame_at(photograph: NDArray[Any], progress: float) -> NDArray[Any]:
    """The photograph (BGR) through the window, HEIGHT x WIDTH."""
    window = window_at(progress)
    # Pixel centres lie half a pixel inside: without the shift the picture would drift.
    shift = (window.scale - 1) / 2
    matrix = np.array(
        [
            [window.scale, 0, shift - window.left * window.scale],
            [0, window.scale, shift - window.top * window.scale],
        ]
    )
    seen: NDArray[Any] = cv2.warpAffine(
        photograph, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return seen


def face_at(progress: float) -> dict[str, int]:
    """The face's box in pixels of the film."""
    window = window_at(progress)
    x, y, width, height = FACE
    return {
        "x": round((x - window.left) * window.scale),
        "y": round((y - window.top) * window.scale),
        "width": round(width * window.scale),
        "height": round(height * window.scale),
    }
