"""Bitmaps of positions, as FAISS reads them: the lowest bit of a byte first."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint8]
Flags = NDArray[np.bool_]
_COUNT: Final = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(axis=1)


def no_bits(count: int) -> Bits:
    """A bitmap of `count` positions, none of them set."""
    return np.zeros((count + 7) // 8, np.uint8)


def packed(flags: Flags) -> Bits:
    """One bit a flag."""
    return np.packbits(flags, bitorder="little")


def unpacked(bits: Bits, count: int) -> Flags:
    """One flag a position."""
    return np.unpackbits(bits, count=count, bitorder="little").astype(np.bool_)


def with_bits(bits: Bits, at: NDArray[np.int64]) -> Bits:
    """A copy with these positions set."""
    made = bits.copy()
    np.bitwise_or.at(made, at >> 3, (1 << (at & 7)).astype(np.uint8))
    return made


def has_bit(bits: Bits, position: int) -> bool:
    """Whether the position is set."""
    return bool(bits[position >> 3] >> (position & 7) & 1)


def bit_count(bits: Bits) -> int:
    """How many positions are set."""
    return int(_COUNT[bits].sum())
