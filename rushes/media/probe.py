"""What a film's container says about it: `probe(path)`, without decoding more than one frame."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from rushes.media.source import first_video_stream, open_source, truncated, unreadable

PACKETS_LOOKED_AT = 90
"""Packets whose times decide whether the frame rate varies: about three seconds of film."""
REORDERED_TAIL = 8
"""The last packets read may miss a neighbour that is stored after them."""
RATE_TOLERANCE = 0.1
"""A gap that differs from the median by more than this part of it is a varying rate."""
FIRST_PLAUSIBLE_YEAR = 1980
"""Cameras without a set clock write 1904 or 1970."""

_ISO6709 = re.compile(
    r"^(?P<lat>[+-]\d+(?:\.\d+)?)(?P<lon>[+-]\d+(?:\.\d+)?)(?P<alt>[+-]\d+(?:\.\d+)?)?"
)
_CAPTURE_TIME_TAGS = ("com.apple.quicktime.creationdate", "creation_time", "date")
_LOCATION_TAGS = ("com.apple.quicktime.location.ISO6709", "location", "location-eng")
_MAKE_TAGS = ("com.apple.quicktime.make", "make", "com.android.manufacturer")
_MODEL_TAGS = ("com.apple.quicktime.model", "model", "com.android.model")


@dataclass(frozen=True)
class AudioTrack:
    """One sound track; `index` counts the film's audio tracks from 0."""

    index: int
    codec: str
    channels: int
    sample_rate: int
    language: str | None


@dataclass(frozen=True)
class MediaFacts:
    """The facts of one film; what the film does not say is None.

    `width` and `height` are coded pixels; `rotation` is how many degrees clockwise (0, 90, 180,
    270) a player turns the picture. Latitude and longitude are WGS 84 degrees, altitude metres.
    """

    container: str
    codec: str
    width: int
    height: int
    rotation: int
    frame_rate: Fraction
    variable_frame_rate: bool
    duration_ms: int
    start_timecode: str | None
    drop_frame: bool
    audio_tracks: tuple[AudioTrack, ...]
    capture_time: datetime | None = None
    camera_make: str | None = None
    camera_model: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    altitude: float | None = None

    @property
    def display_size(self) -> tuple[int, int]:
        """(width, height) of the upright picture, in pixels."""
        turned = self.rotation in (90, 270)
        return (self.height, self.width) if turned else (self.width, self.height)


def probe(path: Path) -> MediaFacts:
    """The facts of the film at `path`.

    Raises `MediaError`: `source_missing`, `empty_file`, `unreadable`, `unsupported`,
    `no_video_stream`, `truncated`.
    """
    try:
        with open_source(path) as container:
            return _facts(container, first_video_stream(container, path), path)
    except av.error.FFmpegError as error:
        raise unreadable(path, error) from error


def _facts(container: InputContainer, video: VideoStream, path: Path) -> MediaFacts:
    tags = _lowered(container.metadata) | _lowered(video.metadata)
    timecode = _start_timecode(container)
    latitude, longitude, altitude = _location(_first(tags, _LOCATION_TAGS))
    rate = stream_frame_rate(video)
    varies, rotation = _look_at_packets(container, video, path)
    return MediaFacts(
        container=container.format.name,
        codec=video.codec_context.name,
        width=video.codec_context.width,
        height=video.codec_context.height,
        rotation=rotation,
        frame_rate=rate,
        variable_frame_rate=varies,
        duration_ms=_duration_ms(container, video) or _measured_ms(path, rate),
        start_timecode=timecode,
        drop_frame=timecode is not None and any(mark in timecode for mark in ";."),
        audio_tracks=audio_tracks(container),
        capture_time=_capture_time(tags),
        camera_make=_first(tags, _MAKE_TAGS),
        camera_model=_first(tags, _MODEL_TAGS),
        latitude=latitude,
        longitude=longitude,
        altitude=altitude,
    )


def audio_tracks(container: InputContainer) -> tuple[AudioTrack, ...]:
    """The film's sound tracks in file order."""
    return tuple(
        AudioTrack(
            index=index,
            codec=stream.codec_context.name,
            channels=stream.codec_context.channels,
            sample_rate=stream.codec_context.sample_rate,
            language=stream.language if stream.language not in (None, "und") else None,
        )
        for index, stream in enumerate(container.streams.audio)
        if stream.codec_context is not None
    )


def stream_frame_rate(video: VideoStream) -> Fraction:
    """Frames a second; libav's guess, which is what PySceneDetect counts with."""
    rate = video.guessed_rate or video.average_rate or video.base_rate
    return Fraction(rate) if rate else Fraction(25)


def clockwise(rotation_degrees: int) -> int:
    """libav's counter-clockwise angle as clockwise quarter turns in degrees: 0, 90, 180, 270."""
    return round(-rotation_degrees / 90) * 90 % 360


def _look_at_packets(container: InputContainer, video: VideoStream, path: Path) -> tuple[bool, int]:
    """(whether the frame rate varies, rotation), from the first packets and the first frame."""
    times: list[int] = []
    rotation: int | None = None
    for packet in itertools.islice(container.demux(video), PACKETS_LOOKED_AT):
        if packet.pts is not None:
            times.append(packet.pts)
        if rotation is None:
            rotation = _rotation_of_first_frame(packet)
    if not times and rotation is None:
        raise truncated(path, "it holds no pictures")
    whole = len(times) < PACKETS_LOOKED_AT
    times = sorted(times) if whole else sorted(times)[:-REORDERED_TAIL]
    return _gaps_vary(times) or _rates_differ(video), rotation or 0


def _rotation_of_first_frame(packet: av.Packet[VideoStream]) -> int | None:
    try:
        for frame in packet.decode():
            return clockwise(frame.rotation)
    except av.error.InvalidDataError:
        pass  # the first packets of a stream cut out of another may need an earlier picture
    return None


def _gaps_vary(times: list[int]) -> bool:
    gaps = sorted(after - before for before, after in itertools.pairwise(times))
    if not gaps:
        return False
    median = gaps[len(gaps) // 2]
    # Containers that count milliseconds round each time, so one tick either way is no variation.
    tolerance = max(1.0, median * RATE_TOLERANCE)
    return gaps[-1] - median > tolerance or median - gaps[0] > tolerance


def _rates_differ(video: VideoStream) -> bool:
    """Whether the average rate is far from the stream's base rate (fields count double)."""
    average, base = video.average_rate, video.base_rate
    if not average or not base or video.frames < PACKETS_LOOKED_AT:
        return False
    return all(abs(float(base / average) - ratio) > 0.02 * ratio for ratio in (1, 2))


def _duration_ms(container: InputContainer, video: VideoStream) -> int:
    if container.duration:
        return round(Fraction(container.duration * 1000, av.time_base))
    if video.duration and video.time_base is not None:
        return round(video.duration * Fraction(video.time_base) * 1000)
    return 0


def _measured_ms(path: Path, rate: Fraction) -> int:
    """The length of a film that does not state it, from all its video packets; decodes none."""
    count, first, end = 0, None, Fraction(0)
    with open_source(path) as container:
        video = first_video_stream(container, path)
        base = Fraction(video.time_base or 0)
        for packet in container.demux(video):
            count += bool(packet.size)
            ticks = packet.dts if packet.pts is None else packet.pts
            if ticks is not None:
                start = ticks * base
                first = start if first is None else min(first, start)
                end = max(end, start + ((packet.duration or 0) * base or 1 / rate))
    length = count / rate if first is None else end - first
    return max(1, round(max(length, 1 / rate) * 1000))


def _start_timecode(container: InputContainer) -> str | None:
    for tags in (container.metadata, *(stream.metadata for stream in container.streams)):
        if timecode := _lowered(tags).get("timecode"):
            return timecode
    return None


def _capture_time(tags: Mapping[str, str]) -> datetime | None:
    for name in _CAPTURE_TIME_TAGS:
        try:
            moment = datetime.fromisoformat(tags.get(name, ""))
        except ValueError:
            continue
        if len(tags[name]) < len("2024-01-01T00:00"):
            continue  # a year or a day is a label, not a time of capture
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        if moment.year >= FIRST_PLAUSIBLE_YEAR:
            return moment
    return None


def _location(text: str | None) -> tuple[float | None, float | None, float | None]:
    """(latitude, longitude, altitude) of an ISO 6709 string in decimal degrees."""
    match = _ISO6709.match(text or "")
    if match is None:
        return None, None, None
    latitude, longitude = float(match["lat"]), float(match["lon"])
    if abs(latitude) > 90 or abs(longitude) > 180:
        return None, None, None
    return latitude, longitude, float(match["alt"]) if match["alt"] else None


def _first(tags: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    found = (tags[name.lower()].strip() for name in names if tags.get(name.lower()))
    return next((text for text in found if text), None)


def _lowered(tags: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): text for name, text in tags.items()}
