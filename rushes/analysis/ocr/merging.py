"""Lines that stand over several sampled frames become one span each.

A line goes on where the next read frame has a similar text in the same place, or the same text
moved; frames that were not read stretch it where the gate saw its strokes. One missed frame is
bridged. Of several readings of a line the text with the most confidence in all is taken.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rushes.analysis.ocr.configuration import OcrConfiguration
from rushes.analysis.ocr.frame_record import FrameRecord
from rushes.analysis.ocr.gate import Reason
from rushes.analysis.ocr.lines import TextLine
from rushes.analysis.ocr.similarity import centre_distance, in_one_place, plain, similarity

_MOVING_LETTERS = 4
"""Shorter texts are not followed when they move: too many are alike."""


@dataclass
class Span:
    """One line of text over the time that it stands: `seen` holds each reading of it."""

    seen: list[tuple[FrameRecord, TextLine]]
    last: FrameRecord
    keys: set[tuple[int, int]] = field(default_factory=set)
    """(frame number, position) of its readings in the last frame that was read with it."""
    missed: int = 0

    @property
    def first(self) -> FrameRecord:
        """The frame in which it is first read."""
        return self.seen[0][0]

    @property
    def newest(self) -> TextLine:
        """Its last reading."""
        return self.seen[-1][1]

    @property
    def best(self) -> tuple[FrameRecord, TextLine]:
        """The surest reading of the text with the most confidence in all; the earliest of such."""
        weight: defaultdict[str, float] = defaultdict(float)
        for _, line in self.seen:
            weight[line.text] += line.score
        text = max(weight, key=lambda each: weight[each])
        readings = [reading for reading in self.seen if reading[1].text == text]
        return max(readings, key=lambda reading: reading[1].score)


def merge(frames: Iterable[FrameRecord], configuration: OcrConfiguration) -> list[Span]:
    """The spans of a film's records, by start, then from top to bottom."""
    merger = _Merger(configuration)
    for frame in frames:
        merger.add(frame)
    spans = _joined(merger.finished(), configuration)
    return sorted(spans, key=lambda span: (span.first.start_ms, *_place_in_order(span)))


class _Merger:
    def __init__(self, configuration: OcrConfiguration) -> None:
        self._chosen = configuration
        self._open: list[Span] = []
        self._closed: list[Span] = []

    def add(self, frame: FrameRecord) -> None:
        """The next frame of the film."""
        if frame.reason == Reason.MOVING and frame.lines is None:
            return
        lines = frame.lines
        found = self._continued(frame) if lines is None else self._read(frame, lines)
        for span in self._open:
            span.missed = 0 if id(span) in found else span.missed + 1
        over = [span for span in self._open if span.missed > self._chosen.bridge_frames]
        self._closed.extend(over)
        self._open = [span for span in self._open if span.missed <= self._chosen.bridge_frames]

    def finished(self) -> list[Span]:
        """All spans, once the last frame is added."""
        return [*self._closed, *self._open]

    def _continued(self, frame: FrameRecord) -> set[int]:
        standing = {(frame.repeats, position) for position in frame.standing}
        found = [span for span in self._open if span.keys & standing]
        for span in found:
            span.last = frame
        return {id(span) for span in found}

    def _read(self, frame: FrameRecord, lines: Sequence[TextLine]) -> set[int]:
        kept = [
            (position, line)
            for position, line in enumerate(lines)
            if line.score >= self._chosen.min_confidence and plain(line.text)
        ]
        pairs = self._pairs(frame, [line for _, line in kept])
        found: dict[int, Span] = {}
        for (position, line), span in zip(kept, pairs, strict=True):
            target = span or self._twin(line, found.values())
            if target is None:
                target = Span([], frame)
                self._open.append(target)
            if id(target) not in found:
                target.keys = set()
            target.seen.append((frame, line))
            target.keys.add((frame.number, position))
            target.last = frame
            found[id(target)] = target
        return set(found)

    def _pairs(self, frame: FrameRecord, lines: Sequence[TextLine]) -> list[Span | None]:
        """For each line the span that it goes on with: the most alike first, each span once."""
        ranked = sorted(
            (rank, line_number, span_number)
            for line_number, line in enumerate(lines)
            for span_number, span in enumerate(self._open)
            if (rank := self._rank(frame, line, span.newest)) is not None
        )
        chosen: list[Span | None] = [None] * len(lines)
        taken: set[int] = set()
        for _, line_number, span_number in ranked:
            if chosen[line_number] is None and span_number not in taken:
                chosen[line_number] = self._open[span_number]
                taken.add(span_number)
        return chosen

    def _rank(
        self, frame: FrameRecord, line: TextLine, before: TextLine
    ) -> tuple[bool, float, float] | None:
        alike = similarity(line.text, before.text)
        if alike < self._chosen.merge_similarity:
            return None
        distance = centre_distance(line.box, before.box)
        if self._is_there(line, before):
            return (False, -alike, distance)
        furthest = self._chosen.merge_moved_distance * frame.height
        if len(plain(line.text)) >= _MOVING_LETTERS and distance <= furthest:
            return (True, -alike, distance)
        return None

    def _twin(self, line: TextLine, spans: Iterable[Span]) -> Span | None:
        """A span of this frame that is the same text in the same place, found twice."""
        for span in spans:
            alike = similarity(line.text, span.newest.text) >= self._chosen.merge_similarity
            if alike and self._is_there(line, span.newest):
                return span
        return None

    def _is_there(self, line: TextLine, other: TextLine) -> bool:
        return in_one_place(
            line.box, other.box,
            overlap=self._chosen.merge_overlap, distance=self._chosen.merge_distance,
        )  # fmt: skip


def _joined(spans: list[Span], chosen: OcrConfiguration) -> list[Span]:
    """Spans whose best text, place and time meet, as one; again until none do."""
    by_text: defaultdict[str, list[Span]] = defaultdict(list)
    for span in spans:
        by_text[plain(span.best[1].text)].append(span)
    result: list[Span] = []
    for same in by_text.values():
        result.extend(_join_all(same, chosen))
    return result if len(result) == len(spans) else _joined(result, chosen)


def _join_all(spans: list[Span], chosen: OcrConfiguration) -> list[Span]:
    kept: list[Span] = []
    for span in sorted(spans, key=lambda each: (each.first.start_ms, each.last.end_ms)):
        partner = next((other for other in kept if _meet(other, span, chosen)), None)
        if partner is None:
            kept.append(span)
            continue
        partner.seen = sorted([*partner.seen, *span.seen], key=lambda reading: reading[0].start_ms)
        partner.last = max(partner.last, span.last, key=lambda frame: frame.end_ms)
    return kept


def _meet(first: Span, second: Span, chosen: OcrConfiguration) -> bool:
    overlap = (
        first.first.start_ms < second.last.end_ms and second.first.start_ms < first.last.end_ms
    )
    return overlap and in_one_place(
        first.best[1].box, second.best[1].box,
        overlap=chosen.merge_overlap, distance=chosen.merge_distance,
    )  # fmt: skip


def _place_in_order(span: Span) -> tuple[float, float, str]:
    box = span.best[1].box
    return box.top, box.left, span.best[1].text
