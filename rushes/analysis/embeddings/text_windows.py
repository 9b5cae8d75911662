"""Cuts what was said and written into windows that a text model reads whole.

Everything lands in a window: what is too long for one is cut into several, at a sentence's end
where there is one, else between words, else between characters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

from rushes.analysis.embeddings.passages import Passage, SceneSpan

CountTokens = Callable[[str], int]
Source = Literal["transcript", "ocr"]

_SEPARATOR: Final[dict[Source, str]] = {"transcript": " ", "ocr": "\n"}
"""What stands between two passages of one window."""
_SENTENCE_END: Final = re.compile(r"[.!?…][\"'”’)\]]*\s+|[。！？]|\n")


@dataclass(frozen=True, slots=True)
class TextWindow:
    """What a text model reads at once, and the span from its first to its last passage, ms."""

    source: Source
    text: str
    start_ms: int
    end_ms: int
    scene_index: int | None


class WindowCutter:
    """Joins passages to windows of at most `limit` tokens, as `count` counts them.

    Each window's text begins with `prefix`, which counts too.
    """

    def __init__(self, count: CountTokens, limit: int, *, prefix: str = "") -> None:
        self._count = count
        self._limit = limit
        self._prefix = prefix

    def windows(
        self, source: Source, scene: SceneSpan, passages: Iterable[Passage]
    ) -> list[TextWindow]:
        """Windows in order, without overlap; every character but outer spaces is in one."""
        windows: list[TextWindow] = []
        for passage in passages:
            for piece in self._fitting(passage):
                longer = self._joined(windows[-1], piece) if windows else None
                if longer is None:
                    span = (piece.start_ms, piece.end_ms)
                    windows.append(TextWindow(source, piece.text, *span, scene.index))
                else:
                    windows[-1] = longer
        return [replace(each, text=f"{self._prefix}{each.text}") for each in windows]

    def _joined(self, window: TextWindow, piece: Passage) -> TextWindow | None:
        """The window with the piece; None where that is too long."""
        text = f"{window.text}{_SEPARATOR[window.source]}{piece.text}"
        if not self._fits(text):
            return None
        start, end = min(window.start_ms, piece.start_ms), max(window.end_ms, piece.end_ms)
        return replace(window, text=text, start_ms=start, end_ms=end)

    def _fits(self, text: str) -> bool:
        return self._count(f"{self._prefix}{text}") <= self._limit

    def _fitting(self, passage: Passage) -> Iterator[Passage]:
        """The passage, in pieces where it is too long for one window."""
        rest = replace(passage, text=passage.text.strip())
        while rest.text and not self._fits(rest.text):
            piece, rest = rest.divided(self._cut(rest.text))
            if piece.text:
                yield piece
        if rest.text:
            yield rest

    def _cut(self, text: str) -> int:
        """How many characters go into the next piece, at least one."""
        low, high = 1, len(text)  # the longest beginning that fits
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self._fits(text[:middle].strip()) else (low, middle - 1)
        ends = [found.end() for found in _SENTENCE_END.finditer(text, 0, low)]
        if ends and ends[-1] >= low / 2:
            return ends[-1]
        if text[low : low + 1].isspace():
            return low
        spaces = [place for place in range(1, low) if text[place].isspace()]
        return spaces[-1] if spaces else low
