"""Chooses the frames that later stages look at and writes them as upright JPEG files."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
from av import VideoFrame
from av.video.reformatter import Colorspace, VideoReformatter

from rushes.errors import MediaError
from rushes.media.cached_detectors import ScoredAdaptiveDetector, microsecond_timecode
from rushes.media.detector_image import bgr_pixels, turned_upright
from rushes.media.timeline import seconds_of

HD_HEIGHT = 720
"""From this height on, films that do not name their colours mean BT.709."""

SETTLED_FRAMES = 7
"""A scene's stand-in frame is taken this many frames after the cut, where it has settled; less
than half of the shortest scene that PySceneDetect's command line allows (0.6 s) at 24 fps."""


@dataclass(frozen=True)
class WrittenFrame:
    """One JPEG: its frame number, file name, and size in pixels."""

    frame_number: int
    file_name: str
    width: int
    height: int


@dataclass(frozen=True)
class FrameShape:
    """How frames are written: pixels, JPEG quality (1 to 100), degrees clockwise, pixel shape."""

    long_side: int
    jpeg_quality: int
    rotation: int
    pixel_aspect: Fraction


class FrameWriter:
    """Writes frames of one film into `folder`, named after their number."""

    def __init__(self, folder: Path, shape: FrameShape) -> None:
        self._folder = folder
        self._shape = shape
        self._reformatter = VideoReformatter()
        self.written: list[WrittenFrame] = []
        folder.mkdir(parents=True, exist_ok=True)

    def write(self, number: int, frame: VideoFrame) -> None:
        """Scales, turns and writes one frame. Raises OSError when the disk refuses."""
        width, height = self._target_size(frame)
        scaled = self._reformatter.reformat(
            frame, width, height, "bgr24", src_colorspace=_colours(frame), threads=1
        )
        image = turned_upright(bgr_pixels(scaled), self._shape.rotation)
        quality = [cv2.IMWRITE_JPEG_QUALITY, self._shape.jpeg_quality]
        encoded, data = cv2.imencode(".jpg", image, quality)
        if not encoded:
            raise MediaError(f"Frame {number} cannot be written as JPEG.", code="unreadable")
        name = f"{number:09d}.jpg"
        (self._folder / name).write_bytes(data.tobytes())
        self.written.append(WrittenFrame(number, name, image.shape[1], image.shape[0]))

    def _target_size(self, frame: VideoFrame) -> tuple[int, int]:
        width = max(1, round(frame.width * self._shape.pixel_aspect))
        scale = min(Fraction(1), Fraction(self._shape.long_side, max(width, frame.height)))
        return max(1, round(width * scale)), max(1, round(frame.height * scale))


class FrameSampler:
    """Takes one frame an interval of a fixed grid, and one for each scene that got none.

    Scenes are those of PySceneDetect's adaptive detector with its defaults, found while the film
    is decoded; the pictures of the last few frames are held for a cut that is only seen later.
    """

    def __init__(
        self, writer: FrameWriter, sample_fps: float, time_base: Fraction, frame_rate: Fraction
    ) -> None:
        self._writer = writer
        self._sample_fps = sample_fps
        self._time_base = time_base
        self._frame_rate = frame_rate
        self._interval = -1
        minimum = round(Fraction(6, 10) * frame_rate)
        self._detector = ScoredAdaptiveDetector(min_scene_len=minimum)
        lag: int = self._detector.event_buffer_length
        self._lookback = lag + 2
        self._recent: deque[tuple[int, VideoFrame]] = deque(maxlen=lag + 1)
        self._frame_of_time: deque[tuple[int, int]] = deque(maxlen=self._recent.maxlen)
        self._stand_ins: list[tuple[int, VideoFrame]] = []
        self._scene_start = 0

    def add(self, number: int, pts: int, frame: VideoFrame, score: float) -> None:
        """Takes frame `number` at `pts` ticks since the first, with its content score."""
        self._recent.append((number, frame))
        if self._is_due(pts):
            self._writer.write(number, frame)
        timecode = microsecond_timecode(pts, self._time_base, self._frame_rate)
        self._frame_of_time.append((timecode.pts, number))
        for cut in self._detector.process_frame(timecode, score):
            self._begin_scene(dict(self._frame_of_time)[cut.pts])
        if number == self._scene_start + SETTLED_FRAMES and not self._is_covered():
            self._stand_ins.append((number, frame))

    def finish(self) -> list[WrittenFrame]:
        """Closes the last scene; every written frame, in order."""
        self._close_scene(end=None)
        return sorted(self._writer.written, key=lambda written: written.frame_number)

    def _is_due(self, pts: int) -> bool:
        interval = int(seconds_of(pts, self._time_base) * self._sample_fps + 1e-6)
        due, self._interval = interval > self._interval, max(interval, self._interval)
        return due

    def _begin_scene(self, cut: int) -> None:
        self._close_scene(end=cut)
        self._scene_start = cut
        self._stand_ins = [held for held in self._recent if held[0] == cut]

    def _close_scene(self, end: int | None) -> None:
        inside = [held for held in self._stand_ins if end is None or held[0] < end]
        if inside and not self._is_covered(end):
            self._writer.write(*inside[-1])
        self._stand_ins = []

    def _is_covered(self, end: int | None = None) -> bool:
        """Whether a frame of the running scene has been written."""
        return any(
            self._scene_start <= written.frame_number
            and (end is None or written.frame_number < end)
            for written in self._writer.written[-self._lookback :]
        )


def _colours(frame: VideoFrame) -> Colorspace | None:
    """BT.709 for pictures of HD size that do not say otherwise."""
    unspecified = 2
    if frame.colorspace == unspecified and frame.height >= HD_HEIGHT:
        return Colorspace.ITU709
    return None
