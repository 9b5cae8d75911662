"""A film opened for cutting: its packets on the film's own running time, from any point on."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias, cast

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

from rushes.media.probe import stream_frame_rate
from rushes.media.source import first_video_stream, open_source, truncated
from rushes.media.timeline import (
    PICTURE_GAP_SECONDS,
    Timeline,
    seconds_of,
    start_before_missing_times,
)

SEEKABLE_FORMATS = frozenset({"mov", "matroska"})
"""Formats with an index of their times; others are read from the start, which takes its time."""

AnyPacket: TypeAlias = "av.Packet[Any]"
VideoPacket: TypeAlias = "av.Packet[VideoStream]"


@dataclass(frozen=True, slots=True)
class FilmClock:
    """How ticks of the film's video stream (`base` seconds each) become its milliseconds."""

    base: Fraction
    first: int
    """The first video frame's time in ticks: ms 0."""
    frame_ticks: int
    """What a frame lasts that does not say."""
    seekable: bool

    def ms(self, pts: int) -> int:
        """The frame's time since the first one, rounded as in every artifact."""
        numerator, denominator = self.base.numerator * 1000, self.base.denominator
        return ((pts - self.first) * numerator + denominator // 2) // denominator

    def ticks(self, ms: int) -> int:
        """A time at or just before every frame whose `ms` is at least this."""
        return self.first + int(Fraction(2 * ms - 1, 2000) / self.base)

    def seconds(self, pts: int) -> float:
        """Ticks as seconds of the container's time."""
        return seconds_of(pts, self.base)


@dataclass(frozen=True, slots=True)
class OpenFilm:
    """The container with the streams that a clip is made of."""

    path: Path
    container: InputContainer
    video: VideoStream
    sounds: tuple[AudioStream, ...]

    def packets(self, seek_to: int | None = None) -> Iterator[AnyPacket]:
        """The packets in stored order: from the key frame at or before `seek_to` (ticks) on, or
        all of them with their times mended. To be called once, on a film just opened.
        """
        streams = (self.video, *self.sounds)
        if seek_to is not None:
            self.container.seek(seek_to, stream=self.video, backward=True)
            yield from (packet for packet in self.container.demux(*streams) if packet.size)
            return
        timeline = Timeline(self.container, float(1 / stream_frame_rate(self.video)))
        for packet in self.container.demux(*streams):
            if packet.size:
                timeline.mend(packet, picture=packet.stream is self.video)
                yield packet


@contextmanager
def open_film(path: Path) -> Iterator[OpenFilm]:
    """The film at `path` and its streams. Raises `MediaError`."""
    with open_source(path) as container:
        video = first_video_stream(container, path)
        sounds = (each for each in container.streams.audio if each.codec_context is not None)
        yield OpenFilm(path, container, video, tuple(sounds))


def read_clock(path: Path) -> FilmClock:
    """The film's clock; decodes one frame. Raises `MediaError` (`truncated`: there is none)."""
    with open_film(path) as film:
        video = film.video
        base = Fraction(video.time_base or Fraction(1, av.time_base))
        frame_ticks = max(1, round(1 / (stream_frame_rate(video) * base)))
        seekable = _is_seekable(film, base)
        frame = _first_frame(film)
        first = frame.pts if frame.pts is not None else frame.dts
    if first is None:
        with open_film(path) as film:
            first = start_before_missing_times(film.container, film.video, frame_ticks)
    return FilmClock(base, first, frame_ticks, seekable)


def _first_frame(film: OpenFilm) -> av.VideoFrame:
    for packet in film.packets():
        if packet.stream is film.video and (frames := decoded(cast("VideoPacket", packet))):
            return frames[0]
    if frames := decoded(None, film.video):
        return frames[0]
    raise truncated(film.path, "no picture can be decoded")


def decoded(packet: VideoPacket | None, video: VideoStream | None = None) -> list[av.VideoFrame]:
    """The pictures that came out with this packet, or of `video`'s end; a bad packet gives none."""
    try:
        if packet is not None:
            return packet.decode()
        if video is None:
            return []
        return video.codec_context.decode(None)
    except (av.error.InvalidDataError, av.error.EOFError):
        return []


def _is_seekable(film: OpenFilm, base: Fraction) -> bool:
    """Whether the container's index is there and its times go on without a leap.

    Times that leap are mended while the film is read from its start, never after a seek.
    """
    if not SEEKABLE_FORMATS & set(film.container.format.name.split(",")):
        return False
    times = [entry.timestamp for entry in film.video.index_entries]
    most = PICTURE_GAP_SECONDS / base
    return bool(times) and all(0 <= b - a <= most for a, b in itertools.pairwise(times))
