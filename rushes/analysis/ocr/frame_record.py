"""One sampled frame in the raw output: what was read in it, or which frame it repeats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rushes.analysis.ocr.lines import TextLine
from rushes.media.cache_entry import SampledFrame


@dataclass(frozen=True, slots=True)
class FrameRecord:
    """A sampled frame after the stage has looked at it.

    `reason` says why it was read or not. In a frame that was not read, the lines `standing` of the
    frame numbered `repeats` (their positions in its list) still stand.
    """

    number: int
    start_ms: int
    end_ms: int
    width: int
    height: int
    reason: str
    lines: tuple[TextLine, ...] | None = None
    repeats: int | None = None
    standing: tuple[int, ...] = ()

    @classmethod
    def of_frame(cls, frame: SampledFrame, reason: str, **found: Any) -> FrameRecord:
        """A record of a frame of the media cache."""
        return cls(
            frame.frame_number, frame.time_ms, frame.end_ms, frame.width, frame.height, reason,
            **found,
        )  # fmt: skip

    @property
    def was_read(self) -> bool:
        """Whether the reader looked at it."""
        return self.lines is not None

    def as_json(self) -> dict[str, Any]:
        """For the raw output."""
        record: dict[str, Any] = {
            "number": self.number,
            "start_ms": self.start_ms,
            "end_ms": self.end_ms,
            "width": self.width,
            "height": self.height,
            "reason": self.reason,
        }
        if self.lines is not None:
            return {**record, "lines": [line.as_json() for line in self.lines]}
        return {**record, "repeats": self.repeats, "standing": list(self.standing)}

    @classmethod
    def of_json(cls, record: dict[str, Any]) -> FrameRecord:
        """What `as_json` gave."""
        lines = record.get("lines")
        return cls(
            record["number"], record["start_ms"], record["end_ms"], record["width"],
            record["height"], record["reason"],
            None if lines is None else tuple(TextLine.of_json(line) for line in lines),
            record.get("repeats"), tuple(record.get("standing", ())),
        )  # fmt: skip
