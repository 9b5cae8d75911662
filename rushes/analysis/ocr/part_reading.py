"""Reading a part of a frame, where the rest of it has been read before."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor

from rushes.analysis.ocr.lines import Box, TextLine, TextReader
from rushes.media.pictures import Pixels

_MARGIN = 1.0
"""Heights of a region around it that are read with it: a detector's small look cuts letters off."""

_WHOLE_PART = 0.5
"""Part of the frame above which all of it is read."""


def part_to_read(
    fresh: Sequence[Box], standing: Sequence[Box], width: int, height: int
) -> Box | None:
    """The pixels around all regions that are fresh; None where that is most of the frame.

    A line that stands is in it as a whole or not at all, so that no half of one is read.
    """
    if not fresh:
        return None
    frame = Box(0, 0, width, height)
    part = _around([box.grown(_MARGIN * box.height) for box in fresh], frame)
    for _ in standing:  # each round may reach one more line
        part = _around([part, *(box for box in standing if box.shared(part))], frame)
    return None if part.area > _WHOLE_PART * width * height else part


def read_part(
    reader: TextReader, pixels: Pixels, part: Box, standing: Sequence[TextLine]
) -> tuple[TextLine, ...]:
    """The lines of the whole frame: those that stand outside the part, and what is read in it."""
    left, top = int(part.left), int(part.top)
    cut = pixels[top : int(part.bottom), left : int(part.right)]
    read = [_moved(line, left, top) for line in reader.read(cut)]
    kept = [line for line in standing if not line.box.shared(part)]
    return tuple(sorted([*kept, *read], key=lambda line: (line.box.top, line.box.left)))


def _around(boxes: Sequence[Box], frame: Box) -> Box:
    """The whole pixels of the frame that hold all of them."""
    return Box(
        max(frame.left, floor(min(box.left for box in boxes))),
        max(frame.top, floor(min(box.top for box in boxes))),
        min(frame.right, ceil(max(box.right for box in boxes))),
        min(frame.bottom, ceil(max(box.bottom for box in boxes))),
    )


def _moved(line: TextLine, across: float, down: float) -> TextLine:
    corners = tuple((x + across, y + down) for x, y in line.polygon)
    return TextLine(corners, line.text, line.score)
