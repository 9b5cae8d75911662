"""Which sampled frames are read: those whose text is not what was read last.

Beside the last reading the gate keeps the strokes of each line and of each other region that
looked like text. In a later frame a line stands where its strokes do. A frame is read where a
region is new, where other strokes are in the place of old ones, and now and then while nothing
changes. After a cut only text that stands on stroke by stroke is not read again. Where text
scrolls slowly, a frame is read when half of what it shows is new.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.analysis.ocr.configuration import OcrConfiguration
from rushes.analysis.ocr.lines import Box, TextLine
from rushes.analysis.ocr.scrolling import longest_wait_ms
from rushes.analysis.ocr.strokes import Grey, Strokes, strokes_in
from rushes.media.cache_entry import SampledFrame
from rushes.media.pictures import Picture, Pixels

_THUMBNAIL = (32, 18)
_CUT_DIFFERENCE = 35.0
"""Mean difference in grey levels of two thumbnails that belong to two scenes."""

_SMALL = (320, 180)
_STILL_DIFFERENCE = 10
"""Largest difference in grey levels of two small pictures that show the same, compression aside."""

_SAME_PLACE = 0.3
"""Part of an old region that regions of now must cover for its text to have been replaced."""

_NEW_PART = 0.4
"""Part of a region that lies outside of all that stands, for it to be new."""

_MARGIN = 0.3
"""Heights of a line around it that still count as its place."""


class Reason(StrEnum):
    """Why a frame was read, or was not."""

    UNGATED = "ungated"
    NEW = "new"
    CHANGED = "changed"
    CUT = "cut"
    REFRESH = "refresh"
    NO_TEXT = "no_text"
    UNCHANGED = "unchanged"
    MOVING = "moving"


READ_FOR = frozenset({Reason.UNGATED, Reason.NEW, Reason.CHANGED, Reason.CUT, Reason.REFRESH})


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether to read, and which lines of the last reading stand.

    With `fresh`, it is enough to read there: everything else on the frame stands as it did.
    """

    reason: Reason
    standing: tuple[int, ...] = ()
    fresh: tuple[Box, ...] = ()

    @property
    def is_read(self) -> bool:
        """Whether the frame is to be read."""
        return self.reason in READ_FOR


@dataclass(frozen=True, slots=True)
class _Place:
    """A region of the last reading; `line` is its position there, None where nothing was read."""

    box: Box
    strokes: Strokes | None
    line: int | None


@dataclass(frozen=True, slots=True)
class _Reading:
    time_ms: int
    lines: tuple[TextLine, ...]


class TextGate:
    """Decides frame by frame, in film order. `regions` finds boxes of text in a picture."""

    def __init__(
        self, configuration: OcrConfiguration, regions: Callable[[Pixels], Sequence[Box]]
    ) -> None:
        self._chosen = configuration
        self._regions = regions
        self._places: list[_Place] = []
        self._boxes: Sequence[Box] = ()
        self._reading: _Reading | None = None
        self._wait_until_ms = 0
        self._thumbnail: NDArray[Any] | None = None
        self._small: Grey | None = None

    def decide(self, picture: Picture) -> Decision:
        """Look at the next frame."""
        grey = _grey(picture.pixels)
        cut = self._is_cut(grey)
        standing = [place for place in self._places if self._stands(place, grey)]
        if self._is_waiting(picture.frame, standing, cut):
            return Decision(Reason.MOVING)
        if not self._is_still(grey):
            self._boxes = self._regions(picture.pixels)
        reason = self._reason(picture.frame, standing, cut)
        lines = tuple(place.line for place in standing if place.line is not None)
        if reason in (Reason.NEW, Reason.CHANGED) and self._reading is not None:
            return Decision(reason, lines, tuple(self._fresh_boxes(standing)))
        if reason in READ_FOR:
            return Decision(reason)
        self._places = standing
        return Decision(reason, lines)

    def was_read(self, picture: Picture, lines: Sequence[TextLine]) -> None:
        """Tell what the reader saw in the frame that was decided on last."""
        grey = _grey(picture.pixels)
        boxes = [(line.box, number) for number, line in enumerate(lines)]
        unread = [
            (box, None)
            for box in self._boxes
            if not any(box.shared(known) > 0.2 * box.area for known, _ in boxes)
        ]
        self._places = [
            _Place(box, strokes_in(grey, box), number) for box, number in [*boxes, *unread]
        ]
        self._set_wait(picture.frame, tuple(lines))

    def _reason(self, frame: SampledFrame, standing: list[_Place], cut: bool) -> Reason:
        if not self._boxes:
            return Reason.UNCHANGED if _any_line(standing) else Reason.NO_TEXT
        fresh = Reason.NEW if self._reading is None else self._what_is_fresh(standing)
        if fresh is not None:
            return Reason.CUT if cut else fresh
        return Reason.REFRESH if self._is_old(frame, standing) else Reason.UNCHANGED

    def _is_old(self, frame: SampledFrame, standing: list[_Place]) -> bool:
        assert self._reading is not None  # without a reading all is fresh
        age_ms = frame.time_ms - self._reading.time_ms
        return _any_line(standing) and age_ms >= self._chosen.gate_refresh_seconds * 1000

    def _what_is_fresh(self, standing: list[_Place]) -> Reason | None:
        gone = [place for place in self._places if place not in standing]
        if any(_covered(place.box, self._boxes) > _SAME_PLACE for place in gone):
            return Reason.CHANGED
        return Reason.NEW if self._fresh_boxes(standing) else None

    def _fresh_boxes(self, standing: list[_Place]) -> list[Box]:
        """The regions of now that are not those of places that stand."""
        known = [place.box.grown(_MARGIN * place.box.height) for place in standing]
        return [box for box in self._boxes if _covered(box, known) < 1 - _NEW_PART]

    def _stands(self, place: _Place, grey: Grey) -> bool:
        if place.strokes is None:
            return False
        return place.strokes.stand_in(grey, self._chosen.gate_likeness)

    def _is_waiting(self, frame: SampledFrame, standing: list[_Place], cut: bool) -> bool:
        """Whether text that scrolls is on its way, and too little of it is new to read it."""
        waiting = frame.time_ms < self._wait_until_ms and not cut
        return waiting and len(standing) < len(self._places)

    def _is_still(self, grey: Grey) -> bool:
        """Whether the picture is the last one that the detector saw."""
        now = np.asarray(cv2.resize(grey, _SMALL, interpolation=cv2.INTER_AREA), np.uint8)
        before = self._small
        if before is not None and int(cv2.absdiff(now, before).max()) <= _STILL_DIFFERENCE:
            return True
        self._small = now
        return False

    def _is_cut(self, grey: Grey) -> bool:
        now = cv2.resize(grey, _THUMBNAIL, interpolation=cv2.INTER_AREA).astype(np.float32)
        before, self._thumbnail = self._thumbnail, now
        return before is not None and float(np.abs(now - before).mean()) > _CUT_DIFFERENCE

    def _set_wait(self, frame: SampledFrame, lines: tuple[TextLine, ...]) -> None:
        before, self._reading = self._reading, _Reading(frame.time_ms, lines)
        self._wait_until_ms = 0
        if before is not None:
            between = frame.time_ms - before.time_ms
            longest = int(self._chosen.gate_moving_seconds * 1000)
            wait = longest_wait_ms(before.lines, lines, between, self._chosen.merge_similarity)
            self._wait_until_ms = frame.time_ms + min(wait, longest)


def _any_line(places: list[_Place]) -> bool:
    return any(place.line is not None for place in places)


def _covered(box: Box, boxes: Sequence[Box]) -> float:
    """Part of a box that the others cover, counting what they share among them twice."""
    return sum(box.shared(other) for other in boxes) / box.area if box.area else 0.0


def _grey(pixels: Pixels) -> Grey:
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), np.uint8)
