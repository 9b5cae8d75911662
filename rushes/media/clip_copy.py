"""A clip copied as it is stored: packets between two exact cuts, with the sound of that time."""

from __future__ import annotations

from dataclasses import dataclass, field

from av.container import OutputContainer
from av.stream import Stream

from rushes.media.clip_encode import SOUND_BEFORE_SECONDS, SOUND_LAG_SECONDS
from rushes.media.clip_plan import Check, ClipPlan
from rushes.media.clip_source import AnyPacket, OpenFilm

VIDEO_CODECS = frozenset({"h264", "hevc", "av1", "vp9"})
SOUND_CODECS = frozenset({"aac", "mp3", "ac3", "eac3", "opus", "flac", "alac"})
"""What an MP4 file may hold and players take."""

WARM_UP_SECONDS = 0.05
"""Sound kept before the clip and marked as not to be heard: a decoder starts with it."""


def why_not_copied(film: OpenFilm) -> str | None:
    """What of the film no MP4 file can hold; None: nothing."""
    if film.video.codec_context.name not in VIDEO_CODECS:
        return f"{film.video.codec_context.name} pictures"
    for sound in film.sounds:
        if sound.codec_context.name not in SOUND_CODECS:
            return f"{sound.codec_context.name} sound"
    return None


def copy(film: OpenFilm, output: OutputContainer, plan: ClipPlan, check: Check) -> int:
    """Writes the packets of `plan.run`; the number of frames."""
    return _Copy(film, output, plan).run(check)


@dataclass
class _Copy:
    film: OpenFilm
    output: OutputContainer
    plan: ClipPlan
    targets: dict[int, Stream] = field(default_factory=dict)
    frames: int = 0

    def run(self, check: Check) -> int:
        decode_times = self.plan.decode_times()
        for stream in (self.film.video, *self.film.sounds):
            self.targets[stream.index] = self._target(stream)
        for packet in self.film.packets(self._seek_target()):
            check()
            if packet.stream is not self.film.video:
                self._copy_sound(packet)
            elif packet.pts in decode_times:
                packet.dts = decode_times[packet.pts]
                self._copy_picture(packet)
            elif packet.dts is not None and self._is_over(packet.dts):
                break
        return self.frames

    def _target(self, stream: Stream) -> Stream:
        target = self.output.add_stream_from_template(stream, opaque=True)
        target.time_base = stream.time_base
        if language := stream.metadata.get("language"):
            target.metadata["language"] = language
        return target

    def _seek_target(self) -> int | None:
        clock = self.plan.clock
        before = self.plan.first - round(SOUND_BEFORE_SECONDS / clock.base)
        return max(clock.first, before) if clock.seekable else None

    def _copy_picture(self, packet: AnyPacket) -> None:
        assert packet.pts is not None
        left = self.plan.end - packet.pts  # a last packet that states no length would have none
        packet.duration = min(packet.duration or self.plan.clock.frame_ticks, left)
        self.frames += 1
        self._write(packet)

    def _copy_sound(self, packet: AnyPacket) -> None:
        """Sound that begins in the clip, and a little before it."""
        if packet.pts is None or packet.time_base is None:
            return
        clock = self.plan.clock
        start = float(packet.pts * packet.time_base)
        begin, end = clock.seconds(self.plan.first), clock.seconds(self.plan.end)
        if start >= begin - WARM_UP_SECONDS and start < end:
            self._write(packet)

    def _write(self, packet: AnyPacket) -> None:
        assert packet.time_base is not None
        shift = round(self.plan.first * self.plan.clock.base / packet.time_base)
        packet.pts = None if packet.pts is None else packet.pts - shift
        packet.dts = None if packet.dts is None else packet.dts - shift
        packet.stream = self.targets[packet.stream.index]
        self.output.mux(packet)

    def _is_over(self, dts: int) -> bool:
        clock = self.plan.clock
        return (dts - self.plan.end) * clock.base > SOUND_LAG_SECONDS
