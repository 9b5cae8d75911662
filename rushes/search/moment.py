"""From a marked segment to the moment: which words were hit, and when they were said."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any, NamedTuple

# Private-use characters: HTML leaves them alone, and what holds them itself loses them first.
MARK_START, MARK_END = "\ue000", "\ue001"
MARKS = MARK_START + MARK_END
_WITHOUT_MARKS = str.maketrans("", "", MARKS)
HEADLINE_OPTIONS = f"HighlightAll=true,StartSel={MARK_START},StopSel={MARK_END}"
_MARKED = re.compile(f"{MARK_START}(.*?){MARK_END}", re.DOTALL)


class TimedWord(NamedTuple):
    """A word of a segment and its place in the segment's text."""

    begin: int
    end: int
    start_ms: int
    end_ms: int


class WordHit(NamedTuple):
    """Something that was marked: its text, and when it was said."""

    text: str
    start_ms: int
    end_ms: int


def mark_letters(text: str, wanted: str) -> str:
    """`text` with marks around each occurrence of `wanted`, case aside."""
    pattern = re.compile(re.escape(wanted), re.IGNORECASE)
    return pattern.sub(
        lambda found: f"{MARK_START}{found.group()}{MARK_END}", text.translate(_WITHOUT_MARKS)
    )


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
    wanted = len({hit.text for hit in hits})
    runs = [run for first in range(len(hits)) if (run := _shortest(hits[first:], wanted))]
    return min(runs, key=lambda run: run[1] - run[0], default=(start_ms, end_ms))


def _shortest(hits: Sequence[WordHit], wanted: int) -> tuple[int, int] | None:
    """From the first of `hits` until `wanted` different texts were said; None: never."""
    start_ms, end_ms, seen = hits[0].start_ms, hits[0].start_ms + 1, set[str]()
    for hit in hits:
        seen.add(hit.text)
        start_ms, end_ms = min(start_ms, hit.start_ms), max(end_ms, hit.end_ms)
        if len(seen) == wanted:
            return start_ms, end_ms
    return None


def _hits(marked: str, words: Sequence[dict[str, Any]]) -> Iterator[WordHit]:
    """What was marked, in order, with the time of all words that it lies in."""
    plain, ranges = _unmarked(marked)
    if not ranges:
        return
    last = ranges[-1][1]
    placed = list(takewhile(lambda word: word.begin < last, _placed(plain, words)))
    for begin, end in ranges:
        said = [word for word in placed if word.begin < end and word.end > begin]
        if said:
            text = plain[begin:end].casefold()
            yield WordHit(text, said[0].start_ms, max(word.end_ms for word in said))


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
