"""Whether a packet that calls itself a key frame can stand at the start of a film."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import av
from av.codec.context import CodecContext

_START_CODE = b"\0\0\1"
_NAL_TYPES_FROM_THE_START = {"h264": frozenset({5}), "hevc": frozenset(range(16, 22))}
"""H.264 IDR (ITU-T H.264, table 7-1); HEVC BLA, IDR and CRA (ITU-T H.265, table 7-1)."""


class KeyFrameReader:
    """Looks into the packets of one stream. H.264 recordings may mark pictures as key frames from
    which on the picture only *becomes* whole, or that later pictures reach behind."""

    def __init__(self, context: CodecContext) -> None:
        self._codec = context.name
        self._length_bytes = _length_bytes(context.name, context.extradata or b"")

    def starts_afresh(self, packet: av.Packet[Any]) -> bool:
        """Whether nothing shown after this key frame needs what was before it."""
        wanted = _NAL_TYPES_FROM_THE_START.get(self._codec)
        if wanted is None:
            return bool(packet.is_keyframe)
        return any(self._type(unit) in wanted for unit in self._units(bytes(packet)))

    def _type(self, unit: bytes) -> int:
        return unit[0] & 0x1F if self._codec == "h264" else (unit[0] >> 1) & 0x3F

    def _units(self, data: bytes) -> Iterator[bytes]:
        """The first bytes of each NAL unit."""
        if not self._length_bytes:
            yield from (part[:2] for part in data.split(_START_CODE)[1:] if part)
            return
        position = 0
        while position + self._length_bytes < len(data):
            body = position + self._length_bytes
            yield data[body : body + 2]
            position = body + int.from_bytes(data[position:body], "big")


def _length_bytes(codec: str, extradata: bytes) -> int:
    """How many bytes state a unit's length; 0: units are parted by start codes."""
    place = {"h264": 4, "hevc": 21}.get(codec)
    if place is None or len(extradata) <= place or extradata[0] != 1:
        return 0
    return (extradata[place] & 3) + 1
