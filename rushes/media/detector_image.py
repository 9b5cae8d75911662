"""The small upright picture that scene detection looks at.

It has to be PySceneDetect's own to the bit, or hues of dark pixels drift and cuts move: the
unscaled conversion to BGR with swscale's defaults, then linear interpolation to 256 pixels on the
long side. Scaling inside swscale averages areas and gives other scores; converting only the few
samples that are read rounds differently. One reused converter keeps the exact way below a
millisecond for a 1080p frame. Source: `SceneManager._decode_thread` and
`compute_downscale_factor` of PySceneDetect 0.7.
"""

from __future__ import annotations

import cv2
import numpy as np
from av import VideoFrame
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

DETECTOR_LONG_SIDE = 256
"""PySceneDetect's `DEFAULT_MIN_WIDTH`, pixels."""

Image = NDArray[np.uint8]
"""Pixels of shape (height, width, 3), BGR."""

_ROTATIONS: dict[int, int] = {
    90: cv2.ROTATE_90_CLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_COUNTERCLOCKWISE,
}


def detector_size(width: int, height: int) -> tuple[int, int]:
    """(width, height) of PySceneDetect's automatic downscale of a picture, in pixels."""
    factor = max(width, height) / DETECTOR_LONG_SIDE
    if factor <= 1.0:
        return width, height
    return max(1, round(width / factor)), max(1, round(height / factor))


def turned_upright(image: Image, rotation: int) -> Image:
    """`image` turned clockwise by `rotation` (0, 90, 180, 270) degrees."""
    if rotation == 0:
        return image
    turned: Image = cv2.rotate(image, _ROTATIONS[rotation])
    return turned


def bgr_pixels(frame: VideoFrame) -> Image:
    """The pixels of a `bgr24` frame as a view, without the padding at line ends."""
    lines = np.frombuffer(memoryview(frame.planes[0]), np.uint8).reshape(frame.height, -1)
    view: Image = lines[:, : frame.width * 3].reshape(frame.height, frame.width, 3)
    return view


class DetectorScaler:
    """Turns decoded frames of one film into upright detector pictures."""

    def __init__(self, width: int, height: int, rotation: int = 0) -> None:
        """`width` and `height` are coded pixels, `rotation` is degrees clockwise."""
        self.size = detector_size(width, height)
        self._source_size = (width, height)
        self._rotation = rotation
        self._reformatter = VideoReformatter()

    def __call__(self, frame: VideoFrame) -> Image:
        """The detector picture of `frame`, uint8 of shape (height, width, 3), BGR."""
        width, height = self._source_size
        # Bicubic, as OpenCV asks of swscale: it matters where chroma has to be interpolated.
        whole = self._reformatter.reformat(
            frame, width, height, "bgr24", interpolation="BICUBIC", threads=1
        )
        small: Image = bgr_pixels(whole)
        if self.size != self._source_size:
            small = cv2.resize(small, self.size, interpolation=cv2.INTER_LINEAR)
        return turned_upright(small, self._rotation)
