"""Tells a film with a scratch from one of which a part cannot be decoded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
from av.video.stream import VideoStream

from rushes.media.source import damaged

BAD_PART = 0.05
"""More undecodable packets than this part of all is damage."""

LOST_PART = 0.25
LOST_FRAMES = 8
"""Missing frames that count as damage: more than this part, and more than this many.

Far more than the leading pictures that a film cut out of another may lack.
"""

PLACEHOLDER_BYTES = 16
"""Packets as small as this may say "no new picture" and give none."""

_HIDDEN_PICTURES = frozenset({"vp8"})
"""Codecs that store pictures that are never shown in packets of their own."""


@dataclass
class DecodeCount:
    """Video packets read, those that failed, and the pictures that came."""

    gives_a_picture_each: bool = True
    waits_for_a_picture: bool = False
    packets: int = 0
    bad_packets: int = 0
    pictures: int = 0

    @classmethod
    def of(cls, video: VideoStream, *, may_start_within_a_group: bool) -> DecodeCount:
        """A recording that may start between two key pictures counts from its first picture."""
        shown = video.codec_context.name not in _HIDDEN_PICTURES
        return cls(gives_a_picture_each=shown, waits_for_a_picture=may_start_within_a_group)

    def good(self, packet: av.Packet[VideoStream], pictures: int) -> None:
        """A packet that decoded into `pictures` (those of earlier packets, as a rule)."""
        self.pictures += pictures
        self.waits_for_a_picture &= not pictures
        if packet.size > PLACEHOLDER_BYTES and not packet.is_discard:
            self.packets += not self.waits_for_a_picture

    def bad(self, packet: av.Packet[VideoStream]) -> None:
        """A packet that did not decode."""
        if not self.waits_for_a_picture:
            self.packets += bool(packet.size)
            self.bad_packets += 1


def check_undamaged(path: Path, count: DecodeCount) -> None:
    """Raises `MediaError` (`damaged`) when a good part of the pictures is lost."""
    if count.bad_packets > BAD_PART * count.packets:
        raise damaged(path, f"{count.bad_packets} of {count.packets} packets do not decode")
    lost = count.packets - count.pictures
    if count.gives_a_picture_each and lost > max(LOST_FRAMES, LOST_PART * count.packets):
        raise damaged(path, f"only {count.pictures} of {count.packets} pictures can be decoded")
