"""Bitmaps of positions."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rushes.vectors.live.bits import bit_count, has_bit, no_bits, packed, unpacked, with_bits


@given(st.lists(st.booleans(), max_size=80))
def test_what_is_packed_comes_back(flags: list[bool]) -> None:
    bits = packed(np.array(flags, np.bool_))

    assert unpacked(bits, len(flags)).tolist() == flags
    assert [has_bit(bits, place) for place in range(len(flags))] == flags
    assert bit_count(bits) == sum(flags)


@given(st.integers(1, 80), st.data())
def test_setting_positions_leaves_the_bitmap_before_as_it_was(
    count: int, data: st.DataObject
) -> None:
    chosen = data.draw(st.lists(st.integers(0, count - 1), max_size=20))
    before = no_bits(count)

    after = with_bits(before, np.array(chosen, np.int64))

    assert bit_count(before) == 0
    assert {place for place in range(count) if has_bit(after, place)} == set(chosen)
