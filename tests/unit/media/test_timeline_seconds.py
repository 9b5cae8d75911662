from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from rushes.media.timeline import seconds_of

TICKS = st.integers(-(2**62), 2**62)
BASES = st.builds(Fraction, st.integers(1, 2**31 - 1), st.integers(1, 2**31 - 1))


@given(TICKS, BASES)
def test_ticks_are_the_same_seconds_as_through_a_fraction(ticks: int, base: Fraction) -> None:
    assert seconds_of(ticks, base) == float(ticks * base)
