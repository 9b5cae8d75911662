"""Records and pictures for tests of the ocr stage."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from rushes.analysis.ocr.configuration import OcrConfiguration
from rushes.analysis.ocr.frame_record import FrameRecord
from rushes.analysis.ocr.lines import TextLine
from rushes.media.cache_entry import SampledFrame
from rushes.media.pictures import Picture

SIZE = (640, 360)
CONFIGURATION = OcrConfiguration(model="test")


def line(text: str, x: float = 40, y: float = 300, score: float = 0.9) -> TextLine:
    """A line 20 pixels high whose upper left corner is at (x, y)."""
    right, bottom = x + 10 * max(1, len(text)), y + 20
    return TextLine(((x, y), (right, y), (right, bottom), (x, bottom)), text, score)


def frame(second: int) -> SampledFrame:
    """The sampled frame of a film at 25 fps that stands for this second."""
    return SampledFrame(Path("none"), second * 25, second * 1000, second * 1000 + 1000, *SIZE)


def read(second: int, *lines: TextLine) -> FrameRecord:
    """A frame that was read."""
    return FrameRecord.of_frame(frame(second), "new", lines=lines)


def unread(
    second: int, repeats: int | None = None, standing: Sequence[int] = (), reason: str = "unchanged"
) -> FrameRecord:
    """A frame that was not read; `repeats` is the second of the frame that was."""
    number = None if repeats is None else repeats * 25
    return FrameRecord.of_frame(frame(second), reason, repeats=number, standing=tuple(standing))


def ground(seed: int) -> NDArray[np.uint8]:
    """A soft, busy picture (360, 640, 3)."""
    coarse = np.random.default_rng(seed).integers(30, 200, (12, 20, 3), np.uint8)
    return np.asarray(Image.fromarray(coarse).resize(SIZE, Image.Resampling.BICUBIC), np.uint8)


def picture(
    second: int, texts: Sequence[tuple[str, float, float]], seed: int = 0, size: int = 28
) -> Picture:
    """White text with a dark outline at (x, y) over a ground."""
    image = Image.fromarray(ground(seed))
    draw = ImageDraw.Draw(image)
    options: dict[str, Any] = {"stroke_width": 2, "stroke_fill": (0, 0, 0)}
    for text, x, y in texts:
        draw.text((x, y), text, (255, 255, 255), ImageFont.load_default(size), **options)
    return Picture(frame(second), np.array(image))
