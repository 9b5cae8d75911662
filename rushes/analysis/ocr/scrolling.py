"""How long text that scrolls may go unread: until half of what was seen has left the picture."""

from __future__ import annotations

from collections.abc import Sequence

from rushes.analysis.ocr.lines import TextLine
from rushes.analysis.ocr.similarity import centre_distance, similarity

_MOVED = 0.2
"""Heights of a line that its centre moves at least, to count as moving."""


def longest_wait_ms(
    before: Sequence[TextLine], now: Sequence[TextLine], between_ms: int, alike: float
) -> int:
    """How long to wait from `now` to the next read; 0 where the text does not scroll slowly.

    Of the lines seen before, a part p is seen again in another place after `between_ms`. So a
    line is in the picture for about between / (1 - p), and reading twice as often misses none.
    Waiting needs half of the lines to have moved: a caption that changes has not.
    """
    if not before:
        return 0
    moved = sum(any(_moved(line, other, alike) for other in now) for line in before)
    part = moved / len(before)
    if part < 0.5:
        return 0
    in_picture = between_ms / max(1.0 - part, 1.0 / (len(before) + 1))
    return int(in_picture / 2)


def _moved(line: TextLine, other: TextLine, alike: float) -> bool:
    if similarity(line.text, other.text) < alike:
        return False
    return centre_distance(line.box, other.box) > _MOVED * line.box.height
