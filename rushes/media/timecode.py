"""SMPTE timecode, frame numbers and milliseconds, with exact rational frame rates.

Drop-frame timecode follows SMPTE ST 12-1: labels are skipped (two a minute at 29.97, four at
59.94, except every tenth minute) so that the label keeps pace with the clock; no frame is lost.
"""

from __future__ import annotations

import re
from fractions import Fraction

from rushes.errors import InvalidRequestError

DROP_MINUTE_SECONDS = 60
TEN_MINUTES = 10
_PATTERN = re.compile(r"^(\d{1,2}):(\d{2}):(\d{2})([:;.])(\d{2,3})$")


def nominal_rate(rate: Fraction) -> int:
    """The whole number of frames that one timecode second counts: 30 for 30000/1001."""
    if rate <= 0:
        raise InvalidRequestError(f"A frame rate must be positive, not {rate}.")
    return max(1, round(rate))


def drops_labels(rate: Fraction) -> bool:
    """Whether drop-frame timecode is defined for `rate`: only 29.97 and its multiples."""
    return nominal_rate(rate) % 30 == 0 and rate.denominator == 1001


def frame_to_timecode(frame: int, rate: Fraction, *, drop_frame: bool = False) -> str:
    """The label of frame number `frame` (0 is `00:00:00:00`); `;` marks drop-frame."""
    if frame < 0:
        raise InvalidRequestError(f"A frame number cannot be negative: {frame}.")
    nominal = nominal_rate(rate)
    label = frame
    if drop_frame:
        label += _dropped_labels(frame, rate)
    seconds, frames = divmod(label, nominal)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    separator = ";" if drop_frame else ":"
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}{separator}{frames:02d}"


def timecode_to_frame(timecode: str, rate: Fraction) -> int:
    """The frame number of a label; `;` or `.` before the frames means drop-frame.

    Raises `InvalidRequestError` for anything that is not a label of this frame rate.
    """
    hours, minutes, seconds, frames, drop_frame = _parse(timecode)
    nominal = nominal_rate(rate)
    if minutes > 59 or seconds > 59 or frames >= nominal:
        raise InvalidRequestError(f"'{timecode}' is not a timecode at {nominal} frames a second.")
    total_minutes = hours * 60 + minutes
    label = (total_minutes * DROP_MINUTE_SECONDS + seconds) * nominal + frames
    if not drop_frame:
        return label
    dropped = _labels_dropped_a_minute(rate)
    if seconds == 0 and frames < dropped and minutes % TEN_MINUTES:
        raise InvalidRequestError(f"'{timecode}' is a label that drop-frame timecode skips.")
    return label - dropped * (total_minutes - total_minutes // TEN_MINUTES)


def frame_to_ms(frame: int, rate: Fraction) -> int:
    """The start of frame `frame` at a constant `rate`, rounded to a millisecond."""
    return round(Fraction(frame * 1000) / rate)


def ms_to_frame(ms: int, rate: Fraction) -> int:
    """The frame whose start is nearest to `ms` at a constant `rate` (inverse below 1000 fps)."""
    return round(ms * rate / 1000)


def format_clock(ms: int) -> str:
    """`ms` as `H:MM:SS.mmm`, hours without a leading zero; negative times carry a minus."""
    sign, ms = ("-", -ms) if ms < 0 else ("", ms)
    seconds, milliseconds = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{sign}{hours}:{minutes:02d}:{seconds:02d}.{milliseconds:03d}"


def _parse(timecode: str) -> tuple[int, int, int, int, bool]:
    match = _PATTERN.match(timecode.strip())
    if match is None:
        raise InvalidRequestError(
            f"'{timecode}' is not a timecode.", remedy="write HH:MM:SS:FF, or HH:MM:SS;FF"
        )
    hours, minutes, seconds, separator, frames = match.groups()
    return int(hours), int(minutes), int(seconds), int(frames), separator in ";."


def _labels_dropped_a_minute(rate: Fraction) -> int:
    if not drops_labels(rate):
        raise InvalidRequestError(f"Drop-frame timecode is not defined at {float(rate):.3f} fps.")
    return nominal_rate(rate) // 15


def _dropped_labels(frame: int, rate: Fraction) -> int:
    """How many labels were skipped before `frame`."""
    dropped = _labels_dropped_a_minute(rate)
    minute = nominal_rate(rate) * DROP_MINUTE_SECONDS - dropped
    ten_minutes = minute * TEN_MINUTES + dropped
    tens, rest = divmod(frame, ten_minutes)
    minutes_begun = max(0, (rest - dropped) // minute)
    return dropped * (9 * tens + minutes_begun)
