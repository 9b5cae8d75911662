"""Tells a film that was cut short from one that simply ends."""

from __future__ import annotations

from pathlib import Path

from rushes.media.source import truncated
from rushes.media.stream_facts import StreamFacts
from rushes.media.timecode import format_clock

TOLERANCE_SECONDS = 1.0
TOLERANCE_PART = 0.02
"""What may be missing of the declared length: a second or 2 %, whichever is more."""


def check_complete(path: Path, facts: StreamFacts, video_ms: int, sound_ms: int) -> None:
    """Raises `MediaError` (`truncated`) when the film ended far before its declared length.

    A length that only the container states may be the sound's, so then the longer one counts.
    """
    if facts.declared_seconds is None:
        return
    reached_ms = video_ms if facts.declared_for_video else max(video_ms, sound_ms)
    missing = facts.declared_seconds - reached_ms / 1000
    if missing <= max(TOLERANCE_SECONDS, TOLERANCE_PART * facts.declared_seconds):
        return
    declared = format_clock(round(facts.declared_seconds * 1000))
    raise truncated(
        path, f"it should last {declared} but can be read up to {format_clock(reached_ms)} only"
    )
