"""From a marked segment to the moment: which words were hit, and when they were said."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

# Private-use characters: no transcript holds them, and HTML leaves them alone.
MARK_START, MARK_END = "\ue000", "\ue001"
HEADLINE_OPTIONS = f"HighlightAll=true,StartSel={MARK_START},StopSel={MARK_END}"
_MARKED = re.compile(f"{MARK_START}(.*?){MARK_END}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class TimedWord:
    """A word of a segment and its place in the segment's text."""

    begin: int
    end: int
    start_ms: int
    end_ms: int


def mark_letters(text: str, wanted: str) -> str:
    """`text` with marks around each occurrence of `wanted`, case aside."""
    pattern = re.compile(re.escape(wanted), re.IGNORECASE)
    return pattern.sub(lambda found: f"{MARK_START}{found.group()}{MARK_END}", text)


def snippet(marked: str) -> str:
    """HTML-escaped, with `<mark>` around what was hit."""
    escaped = html.escape(marked, quote=False)
    return escaped.replace(MARK_START, "<mark>").replace(MARK_END, "</mark>")


def moment(
    marked: str, words: Sequence[dict[str, Any]], start_ms: int, end_ms: int
) -> tuple[int, int]:
    """(start, end) in ms of the tightest run of words that holds all that was hit.

    Where a segment has no words, or nothing is marked, it is the segment's own span.
    """
    hits = list(_hits(marked, words))
    if not hits:
        return start_ms, end_ms
    wanted = len({text for text, _ in hits})
    best: tuple[int, int] | None = None
    for first in range(len(hits)):
        seen: set[str] = set()
        for text, word in hits[first:]:
            seen.add(text)
            if len(seen) == wanted:
                span = (hits[first][1].start_ms, max(word.end_ms, hits[first][1].start_ms + 1))
                if best is None or span[1] - span[0] < best[1] - best[0]:
                    best = span
                break
    return best or (start_ms, end_ms)


def _hits(marked: str, words: Sequence[dict[str, Any]]) -> Iterator[tuple[str, TimedWord]]:
    """The words that were marked, in order, with their text for telling them apart."""
    plain, ranges = _unmarked(marked)
    placed = list(_placed(plain, words))
    for begin, end in ranges:
        for word in placed:
            if word.begin < end and word.end > begin:
                yield plain[begin:end].casefold(), word
                break


def _unmarked(marked: str) -> tuple[str, list[tuple[int, int]]]:
    plain, ranges, position = "", [], 0
    for found in _MARKED.finditer(marked):
        plain += marked[position : found.start()]
        ranges.append((len(plain), len(plain) + len(found.group(1))))
        plain += found.group(1)
        position = found.end()
    return plain + marked[position:], ranges


def _placed(plain: str, words: Sequence[dict[str, Any]]) -> Iterator[TimedWord]:
    """Each word where it stands in the text; one that is not found there is passed over."""
    position = 0
    for word in words:
        begin = plain.find(word["text"], position)
        if begin < 0:
            continue
        position = begin + len(word["text"])
        yield TimedWord(begin, position, word["start_ms"], word["end_ms"])
