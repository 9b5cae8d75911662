"""What the media pass needs to know of a film before its first frame."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from rushes.media.decode import TimedFrame
from rushes.media.probe import AudioTrack, audio_tracks, clockwise, stream_frame_rate
from rushes.media.source import first_video_stream, open_source

DURATION_DECLARED_BY = frozenset({"mov", "matroska", "avi", "asf", "flv", "mxf"})
"""Formats whose header states a duration; for others libav estimates it from what is there."""

LENGTH_STATED_BY_STREAM = frozenset({"mov", "avi", "mxf"})
"""For other formats libav copies the container's length to streams that state none."""

PICTURE_AND_SOUND = 2
MAX_PIXEL_ASPECT = 4
_CLOCK = re.compile(r"^(\d+):(\d+):(\d+(?:\.\d+)?)$")


@dataclass(frozen=True)
class StreamFacts:
    """`declared_seconds` is None when the container does not say how long the film is.

    `declared_for_video` tells whether that length is the video stream's own.
    """

    time_base: Fraction
    frame_rate: Fraction
    pixel_aspect: Fraction
    declared_seconds: float | None
    declared_for_video: bool
    audio_tracks: tuple[AudioTrack, ...]

    def rotation_of(self, first: TimedFrame) -> int:
        """Degrees clockwise that turn the film upright."""
        return clockwise(first.frame.rotation)


def read_stream_facts(path: Path) -> StreamFacts:
    """The facts of the film at `path`; raises `MediaError`. Decodes nothing."""
    with open_source(path) as container:
        video = first_video_stream(container, path)
        seconds, own = _declared_seconds(container, video)
        return StreamFacts(
            time_base=Fraction(video.time_base or Fraction(1, av.time_base)),
            frame_rate=stream_frame_rate(video),
            pixel_aspect=_pixel_aspect(video),
            declared_seconds=seconds,
            declared_for_video=own,
            audio_tracks=audio_tracks(container),
        )


def _pixel_aspect(video: VideoStream) -> Fraction:
    aspect = video.sample_aspect_ratio
    if not aspect or not Fraction(1, MAX_PIXEL_ASPECT) <= aspect <= MAX_PIXEL_ASPECT:
        return Fraction(1)
    return Fraction(aspect)


def _declared_seconds(container: InputContainer, video: VideoStream) -> tuple[float | None, bool]:
    """(length in seconds, whether it is the video stream's own)."""
    if not DURATION_DECLARED_BY & set(container.format.name.split(",")):
        return None, False
    whole = container.duration / av.time_base if container.duration else None
    own = _own_seconds(container, video)
    if "matroska" in container.format.name:  # counts from zero, not from the first picture
        start = max(0.0, float((video.start_time or 0) * Fraction(video.time_base or 0)))
        whole, own = (seconds and seconds - start for seconds in (whole, own))
    if own is None:
        # The length of the longest stream; another one's length would say nothing of the picture.
        return (whole if len(container.streams) <= PICTURE_AND_SOUND else None), False
    # An edit list can leave part of a stream out; then the container's length is the shorter.
    return (own if whole is None else min(own, whole)), True


def _own_seconds(container: InputContainer, video: VideoStream) -> float | None:
    stated = bool(LENGTH_STATED_BY_STREAM & set(container.format.name.split(",")))
    if stated and video.duration and video.time_base:
        return float(video.duration * Fraction(video.time_base))
    match = _CLOCK.match(video.metadata.get("DURATION", ""))
    if match is None:
        return None
    hours, minutes, seconds = match.groups()
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
