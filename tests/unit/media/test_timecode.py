from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.errors import InvalidRequestError
from rushes.media.timecode import (
    format_clock,
    frame_to_ms,
    frame_to_timecode,
    ms_to_frame,
    timecode_to_frame,
)

NTSC = Fraction(30000, 1001)
RATES = [
    Fraction(24000, 1001),
    Fraction(24),
    Fraction(25),
    NTSC,
    Fraction(50),
    Fraction(60000, 1001),
]
DAY_FRAMES = 24 * 3600 * 24


@given(st.integers(0, DAY_FRAMES), st.sampled_from(RATES))
def test_a_timecode_leads_back_to_its_frame(frame: int, rate: Fraction) -> None:
    assert timecode_to_frame(frame_to_timecode(frame, rate), rate) == frame


@given(st.integers(0, DAY_FRAMES), st.sampled_from([NTSC, Fraction(60000, 1001)]))
def test_a_drop_frame_timecode_leads_back_to_its_frame(frame: int, rate: Fraction) -> None:
    label = frame_to_timecode(frame, rate, drop_frame=True)
    assert ";" in label
    assert timecode_to_frame(label, rate) == frame


@given(st.integers(0, DAY_FRAMES), st.sampled_from(RATES))
def test_milliseconds_lead_back_to_the_frame(frame: int, rate: Fraction) -> None:
    assert ms_to_frame(frame_to_ms(frame, rate), rate) == frame


@given(st.integers(0, DAY_FRAMES))
def test_drop_frame_labels_keep_pace_with_the_clock(frame: int) -> None:
    hours, minutes, rest = frame_to_timecode(frame, NTSC, drop_frame=True).split(":")
    seconds, frames = rest.split(";")
    shown = int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(frames) / 30
    # Two labels are dropped at once, and a day ends 2.6 frames off: that is all of the error.
    assert abs(shown - frame * 1001 / 30000) < (2 + 2.6) / 30


@pytest.mark.parametrize(
    ("frame", "label"),
    [(1799, "00:00:59;29"), (1800, "00:01:00;02"), (17982, "00:10:00;00"), (107892, "01:00:00;00")],
)
def test_drop_frame_skips_two_labels_a_minute_but_not_each_tenth(frame: int, label: str) -> None:
    assert frame_to_timecode(frame, NTSC, drop_frame=True) == label


@pytest.mark.parametrize("text", ["1:2:3", "00:61:00:00", "00:00:00:25", "a", "00:00:00"])
def test_what_is_no_timecode_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequestError):
        timecode_to_frame(text, Fraction(25))


def test_a_label_that_drop_frame_skips_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="skips"):
        timecode_to_frame("00:01:00;00", NTSC)


def test_drop_frame_is_refused_where_it_is_not_defined() -> None:
    with pytest.raises(InvalidRequestError, match="not defined"):
        frame_to_timecode(10, Fraction(25), drop_frame=True)


def test_the_clock_shows_milliseconds() -> None:
    assert format_clock(3_723_004) == "1:02:03.004"
    assert format_clock(-1_500) == "-0:00:01.500"
