"""FILM@TIME and FILM@FROM-TO, as a person types a place in a film."""

from __future__ import annotations

import re

from rushes.errors import InvalidRequestError

_CLOCK = re.compile(r"(?:(?:(\d{1,3}):)?(\d{1,2}):)?(\d{1,6}(?:\.\d{1,3})?)")
_MILLISECONDS = re.compile(r"(\d{1,12})ms")


def parse_place(text: str) -> tuple[str, int, int | None]:
    """Film, start in ms, and end in ms or None. InvalidRequestError `invalid_time`."""
    film, found, times = text.rpartition("@")
    if not found or not film:
        raise InvalidRequestError(
            f"{text!r} names no film and time",
            code="invalid_time",
            remedy="write FILM@TIME or FILM@FROM-TO, such as interview.mp4@1:05-1:20",
        )
    start, dash, end = times.partition("-")
    start_ms = parse_time(start)
    end_ms = parse_time(end) if dash else None
    if end_ms is not None and end_ms <= start_ms:
        raise InvalidRequestError(f"{text!r} ends before it begins", code="invalid_time")
    return film, start_ms, end_ms


def parse_time(text: str) -> int:
    """ms of `H:MM:SS.mmm`, `M:SS`, seconds, or `1500ms`. InvalidRequestError `invalid_time`."""
    if match := _MILLISECONDS.fullmatch(text.strip()):
        return int(match[1])
    if (match := _CLOCK.fullmatch(text.strip())) is None:
        raise InvalidRequestError(
            f"{text!r} is not a time",
            code="invalid_time",
            remedy="write 1:05:12.5, 65:12, 12.5 (seconds) or 12500ms",
        )
    hours, minutes, seconds = match.groups(default="0")
    return (int(hours) * 60 + int(minutes)) * 60_000 + round(float(seconds) * 1000)
