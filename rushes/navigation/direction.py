"""Which way."""

from __future__ import annotations

from enum import StrEnum


class Direction(StrEnum):
    """Onwards or back."""

    NEXT = "next"
    PREV = "prev"
