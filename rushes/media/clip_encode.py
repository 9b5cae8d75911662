"""A clip encoded anew: exactly the frames that are wanted, at their own times."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import cast

from av import VideoFrame
from av.container import OutputContainer
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from rushes.errors import MediaError
from rushes.media.clip_plan import Check
from rushes.media.clip_sound import ClipSound
from rushes.media.clip_source import AnyPacket, FilmClock, OpenFilm, VideoPacket, decoded
from rushes.media.probe import stream_frame_rate

VIDEO_CODEC = "libx264"
VIDEO_OPTIONS = {"preset": "veryfast", "crf": "18"}
"""At this rate factor the eye sees no difference."""

SOUND_BEFORE_SECONDS = 0.25
"""Where reading begins before the clip: a sound codec needs what was just before."""

SOUND_LAG_SECONDS = 10.0
"""How much later than the picture its sound may be stored."""

_DEEP_BITS = 10


@dataclass(frozen=True, slots=True)
class Cut:
    """What to encode: frames shown in [first, end) ticks. Decoding begins with the key frame at
    `decode_from`; None: at the film's start."""

    clock: FilmClock
    first: int
    end: int
    decode_from: int | None


@dataclass(frozen=True, slots=True)
class Encoded:
    """The first frame's time and the end of the last one, in ticks, and how many frames."""

    first: int
    end: int
    frames: int


class FirstFrameLostError(MediaError):
    """Decoding from a key frame on did not give the clip's first frame; nothing was written."""


def encode(
    film: OpenFilm, output: OutputContainer, cut: Cut, check: Check, threads: int = 0
) -> Encoded | None:
    """Writes the clip; None when no frame is shown in it. `threads`: 0 is one a core."""
    film.video.thread_type = "AUTO"
    film.video.thread_count = threads
    return _Encoder(film, output, cut, threads).run(check)


class _Encoder:
    def __init__(self, film: OpenFilm, output: OutputContainer, cut: Cut, threads: int) -> None:
        self._film, self._output, self._cut, self._threads = film, output, cut, threads
        self._clock = cut.clock
        self._last_pts = cut.clock.first - 1
        self._expected = cut.clock.first
        self._reformatter = VideoReformatter()
        self._stream: VideoStream | None = None
        self._first = cut.first
        self._end = cut.first
        self._frames = 0
        self._is_seen = False
        self._waiting: list[AnyPacket] = []
        self._sounds: dict[int, ClipSound] = {}

    def run(self, check: Check) -> Encoded | None:
        decoding = self._cut.decode_from is None
        for packet in self._film.packets(self._seek_target()):
            check()
            if packet.stream is not self._film.video:
                self._hear(packet)
                continue
            decoding = decoding or (packet.is_keyframe and packet.pts == self._cut.decode_from)
            if self._is_seen and self._is_heard(packet.pts if packet.dts is None else packet.dts):
                break
            if decoding and not self._is_seen:
                self._see(decoded(cast("VideoPacket", packet)))
        if not self._is_seen:
            self._see(decoded(None, self._film.video))
        return self._finish()

    def _seek_target(self) -> int | None:
        """A little before the picture, for the sound's sake."""
        if self._cut.decode_from is None or not self._clock.seekable:
            return None
        before = self._cut.first - round(SOUND_BEFORE_SECONDS / self._clock.base)
        return max(self._clock.first, min(before, self._cut.decode_from))

    def _see(self, frames: list[VideoFrame]) -> None:
        for frame in frames:
            pts = self._time_of(frame)
            if pts >= self._cut.end:
                self._is_seen = True
                return
            if pts >= self._cut.first:
                self._take(frame, pts)

    def _time_of(self, frame: VideoFrame) -> int:
        """As in the media pass: counted where it is not stated, and always moving on."""
        stated = frame.pts if frame.pts is not None else self._expected
        self._last_pts = max(stated, self._last_pts + 1)
        self._expected = self._last_pts + (frame.duration or self._clock.frame_ticks)
        return self._last_pts

    def _take(self, frame: VideoFrame, pts: int) -> None:
        stream = self._stream or self._begin(frame, pts)
        self._end = min(pts + (frame.duration or self._clock.frame_ticks), self._cut.end)
        context = stream.codec_context
        shaped = self._reformatter.reformat(
            frame, context.width, context.height, context.pix_fmt, threads=1
        )
        shaped.pts, shaped.time_base = pts - self._first, self._clock.base
        shaped.duration = self._end - pts
        shaped.pict_type = 0  # the encoder chooses, not the source
        self._frames += 1
        self._output.mux(stream.encode(shaped))

    def _begin(self, frame: VideoFrame, pts: int) -> VideoStream:
        """All streams, before the first packet is written."""
        if self._cut.decode_from is not None and pts != self._cut.first:
            raise FirstFrameLostError
        self._first = pts
        self._stream = _video_stream(self._output, self._film.video, frame, self._clock.base)
        self._stream.codec_context.thread_count = self._threads
        start, end = self._clock.seconds(pts), self._clock.seconds(self._cut.end)
        for source in self._film.sounds:
            self._sounds[source.index] = ClipSound(self._output, source, start, end - start)
        waiting, self._waiting = self._waiting, []
        for packet in waiting:
            self._hear(packet)
        return self._stream

    def _hear(self, packet: AnyPacket) -> None:
        """Sound around the clip; it waits for the first picture."""
        ticks = packet.pts if packet.pts is not None else packet.dts
        if ticks is not None and packet.time_base is not None:
            start = self._clock.seconds(self._cut.first) - SOUND_BEFORE_SECONDS
            if float(ticks * packet.time_base) < start:
                return
        if self._stream is None:
            self._waiting.append(packet)
        else:
            self._sounds[packet.stream.index].feed(packet)

    def _is_heard(self, dts: int | None) -> bool:
        if dts is None or (dts - self._cut.end) * self._clock.base > SOUND_LAG_SECONDS:
            return True
        return all(sound.is_complete for sound in self._sounds.values())

    def _finish(self) -> Encoded | None:
        if self._stream is None:
            if self._cut.decode_from is not None:
                raise FirstFrameLostError
            return None
        for sound in self._sounds.values():
            sound.finish()
        self._output.mux(self._stream.encode(None))
        return Encoded(self._first, self._end, self._frames)


def _video_stream(
    output: OutputContainer, source: VideoStream, frame: VideoFrame, base: Fraction
) -> VideoStream:
    """Of the source's size, pixel shape, colours and rotation; times count in its ticks."""
    rate, options = stream_frame_rate(source), dict(VIDEO_OPTIONS)
    stream = cast("VideoStream", output.add_stream(VIDEO_CODEC, rate=rate, options=options))
    stream.width, stream.height = frame.width, frame.height
    stream.pix_fmt = _pixel_format(frame)
    stream.time_base = base
    context, given = stream.codec_context, source.codec_context
    context.time_base = base
    if source.sample_aspect_ratio:
        context.sample_aspect_ratio = source.sample_aspect_ratio
    context.color_primaries, context.color_trc = given.color_primaries, given.color_trc
    context.colorspace, context.color_range = given.colorspace, given.color_range
    if frame.rotation:
        stream.set_display_rotation(frame.rotation)
    return stream


def _pixel_format(frame: VideoFrame) -> str:
    """What players know; odd sizes need a format that does not halve them."""
    kind = "yuv444p" if frame.width % 2 or frame.height % 2 else "yuv420p"
    deep = max(part.bits for part in frame.format.components) >= _DEEP_BITS
    return kind + "10le" if deep else kind
