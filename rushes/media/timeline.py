"""One running time for the picture and sound of a film whose time stamps jump.

Joined recordings begin again at zero, receivers lose hours, muxers write nonsense. Packets after
such a jump are moved so that time goes on where the film had got to; sound and picture that jump
together are moved by the same amount and stay together.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
from av.container import InputContainer
from av.video.stream import VideoStream

BROADCAST_BACKWARD_SECONDS = 0.5
"""In formats whose time may jump (MPEG-TS and its kin), time that goes back by more is a jump."""

BROADCAST_GAP_SECONDS = 10.0
"""In these formats a longer step forward is a jump."""

BACKWARD_SECONDS = 60.0
"""In other formats, where libav guesses decode times and may be seconds wrong."""

PICTURE_GAP_SECONDS = 3600.0
"""In other formats a picture may stand long (slides), but not longer than this."""

SOUND_GAP_SECONDS = 60.0
"""In other formats, how far sound may leap ahead of the picture."""

SOUND_STEP_SECONDS = 1.0
"""Sound that goes on without such a step is no leap, however short the picture is."""

LOOK_AHEAD_PACKETS = 64
_FORMAT_TIME_MAY_JUMP = 0x0200  # AVFMT_TS_DISCONT


@dataclass
class _Track:
    """How far its packets are moved, and where its present stretch began and has got to."""

    shift: float
    start: float = 0.0
    end: float | None = None


class Timeline:
    """Moves packets in place, in the order in which they are stored. Not thread-safe."""

    def __init__(self, container: InputContainer, frame_seconds: float) -> None:
        """A picture that states no length stands for `frame_seconds`."""
        self.may_jump = bool(container.format.flags & _FORMAT_TIME_MAY_JUMP)
        self.jumped = False
        """Whether any packet was moved; then lengths that the container states mean nothing."""
        self._frame_seconds = frame_seconds
        self._backward = BROADCAST_BACKWARD_SECONDS if self.may_jump else BACKWARD_SECONDS
        self._tracks: dict[int, _Track] = {}
        self._newest_shift = 0.0
        self._start: float | None = None
        self._reached: float | None = None
        self._picture_start: float | None = None
        self._picture_reached: float | None = None

    @property
    def picture_seconds(self) -> float:
        """How much picture there is by what is stored, decodable or not."""
        return (self._picture_reached or 0.0) - (self._picture_start or 0.0)

    def mend(self, packet: av.Packet[Any], *, picture: bool) -> None:
        """Moves the packet's times into the film's running time."""
        track = self._tracks.setdefault(packet.stream.index, _Track(self._newest_shift))
        base = packet.time_base
        raw = _seconds(packet, base)
        if raw is not None:
            if not self._continues(track, raw + track.shift, picture=picture):
                track.shift = self._new_shift(track, raw, picture=picture)
                self.jumped = True
            length = seconds_of(packet.duration or 0, base)
            length = length or (self._frame_seconds if picture else 0.0)
            self._advance(track, raw + track.shift, length, picture=picture)
        if track.shift and (ticks := round(track.shift / base)):
            packet.pts = None if packet.pts is None else packet.pts + ticks
            packet.dts = None if packet.dts is None else packet.dts + ticks

    def _continues(self, track: _Track, seconds: float, *, picture: bool) -> bool:
        if track.end is not None and seconds < track.end - self._backward:
            return False
        if self._reached is None or (picture and track.end is None):
            return True
        if picture:
            limit = BROADCAST_GAP_SECONDS if self.may_jump else PICTURE_GAP_SECONDS
            return seconds <= self._reached + limit
        if track.end is not None and seconds <= track.end + SOUND_STEP_SECONDS:
            return True
        limit = BROADCAST_GAP_SECONDS if self.may_jump else SOUND_GAP_SECONDS
        ahead_of = self._reached if self._picture_reached is None else self._picture_reached
        return seconds <= ahead_of + limit

    def _new_shift(self, track: _Track, raw: float, *, picture: bool) -> float:
        """The shift of the other track where it fits, else one that goes on without a gap."""
        if self._continues(track, raw + self._newest_shift, picture=picture):
            track.start = raw + self._newest_shift
            return self._newest_shift
        if track.end is None:  # sound whose very start is nonsense begins with the film
            return (self._start or 0.0) - raw
        track.shift = self._newest_shift = self._end_of_stretch(track) - raw
        track.start = raw + track.shift
        return self._newest_shift

    def _end_of_stretch(self, jumping: _Track) -> float:
        """Where `jumping` goes on, so that no track of a joined recording runs into the next.

        The tracks of the next one are taken to begin as far apart as those of this one.
        """
        ends = [jumping.end or 0.0]
        for track in self._tracks.values() if self.may_jump else ():
            lead = track.start - jumping.start
            if track.end is not None and abs(lead) < BROADCAST_BACKWARD_SECONDS:
                ends.append(track.end - lead)
        return max(ends)

    def _advance(self, track: _Track, seconds: float, length: float, *, picture: bool) -> None:
        if track.end is None:
            track.start = track.end = seconds
        track.end = max(track.end, seconds + length)
        self._reached = max(track.end, track.end if self._reached is None else self._reached)
        self._start = seconds if self._start is None else self._start
        if picture:
            if self._picture_start is None:
                self._picture_start = seconds
            self._picture_reached = track.end


def start_before_missing_times(
    container: InputContainer, video: VideoStream, frame_ticks: int
) -> int:
    """The time of a first frame that has none, in ticks: counted back from the first that has.

    `container` must not have been read yet. 0 when no frame near the start has a time.
    """
    missing, known = 0, []
    for number, packet in enumerate(container.demux(video)):
        if number == LOOK_AHEAD_PACKETS or not packet.size:
            break
        if packet.pts is None:
            missing += 1
        else:
            known.append(packet.pts)
    return min(known) - missing * frame_ticks if known else 0


def seconds_of(ticks: int, base: Fraction) -> float:
    """`float(ticks * base)` to the bit, without a fraction in between, which is slow."""
    return ticks * base.numerator / base.denominator


def _seconds(packet: av.Packet[Any], base: Fraction) -> float | None:
    """When the packet is decoded; when shown, where the two are too far apart to be right."""
    if packet.dts is None or packet.pts is None:
        ticks = packet.pts if packet.dts is None else packet.dts
        return None if ticks is None else seconds_of(ticks, base)
    decoded, shown = seconds_of(packet.dts, base), seconds_of(packet.pts, base)
    return shown if abs(shown - decoded) > BROADCAST_GAP_SECONDS else decoded
