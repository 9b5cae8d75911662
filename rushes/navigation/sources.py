"""Where words of a film are found: what was said, and what is written on screen."""

from __future__ import annotations

from enum import StrEnum


class Source(StrEnum):
    """What a match rests on."""

    TRANSCRIPT = "transcript"
    """What was said."""
    OCR = "ocr"
    """What is written on screen."""
