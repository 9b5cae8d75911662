"""Films whose groups of pictures are known, and a look at what a clip of them shows."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import islice
from pathlib import Path

import av
import numpy as np
from av.video.stream import VideoStream
from numpy.typing import NDArray

from tests.media_factory import make_clip

CLOSED = "keyint=25:min-keyint=25:scenecut=0:bframes=2:b-adapt=0"
"""A key frame a second, each the start of a film of its own, two B-frames between others."""
OPEN = "keyint=25:min-keyint=1:scenecut=0:bframes=3:b-adapt=2:open-gop=1:rc-lookahead=30"
"""The same, but frames before a key frame lean on it and on what was before."""
REFRESHED = "keyint=25:min-keyint=25:scenecut=0:bframes=0:intra-refresh=1"
"""The picture becomes whole again bit by bit; only the first frame stands for itself."""

_WIDTH = 160


def make_grouped(path: Path, groups: str, frames: int = 75, codec: str = "libx264") -> Path:
    """A film at 25 frames a second without sound, encoded with x264's own parameters."""
    plain = make_clip(path.with_name("plain.mkv"), frames=frames, size=(160, 96), audio=False)
    parameters = "x264-params" if codec == "libx264" else "x265-params"
    quiet = "" if codec == "libx264" else ":log-level=none"
    options = {"preset": "veryfast", "crf": "12", parameters: groups + quiet}
    with av.open(str(plain)) as source, av.open(str(path), "w") as target:
        stream: VideoStream = target.add_stream(codec, rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        stream.codec_context.thread_count = 1
        stream.codec_context.time_base = Fraction(1, 12800)
        for number, frame in enumerate(source.decode(video=0)):
            marked = _marked(frame, number)
            marked.pts, marked.time_base = number * 512, Fraction(1, 12800)
            target.mux(stream.encode(marked))
        target.mux(stream.encode())
    plain.unlink()
    return path


def _marked(frame: av.VideoFrame, number: int) -> av.VideoFrame:
    """With the frame's number as eight black or white blocks along the upper edge."""
    picture = frame.to_ndarray(format="bgr24")
    for bit in range(8):
        picture[:16, bit * 20 : bit * 20 + 20] = 235 if number >> bit & 1 else 20
    return av.VideoFrame.from_ndarray(picture, "bgr24").reformat(format="yuv420p")


@dataclass(frozen=True)
class Shown:
    """A film's frames: times in ms since the first, and grey pictures (frames, height, width)."""

    times_ms: list[int]
    pictures: NDArray[np.int16]

    def between(self, from_ms: int, to_ms: int) -> list[int]:
        """The numbers of the frames that begin in that time."""
        return [n for n, ms in enumerate(self.times_ms) if from_ms <= ms < to_ms]

    def nearest_to(self, picture: NDArray[np.int16]) -> int:
        """The number of the frame that looks most like `picture`."""
        return int(np.abs(self.pictures - picture).mean(axis=(1, 2)).argmin())


def shown(path: Path, most: int | None = None) -> Shown:
    """The film's (first) frames as they are stored, not turned, at most `_WIDTH` pixels wide."""
    return _shown(path, path.stat().st_mtime_ns, most)


@lru_cache(maxsize=3)
def _shown(path: Path, _: int, most: int | None) -> Shown:
    with av.open(str(path)) as container:
        base = Fraction(container.streams.video[0].time_base or 0)
        frames = list(islice(container.decode(video=0), most))
    times = [(frame.pts - frames[0].pts) * base * 1000 for frame in frames]
    pictures = np.stack([_grey(frame) for frame in frames])
    return Shown([int(time + Fraction(1, 2)) for time in times], pictures)


def _grey(frame: av.VideoFrame) -> NDArray[np.int16]:
    width = min(frame.width, _WIDTH)
    small = frame.reformat(width, frame.height * width // frame.width, "gray")
    return small.to_ndarray().astype(np.int16)


def sound_starts_ms(path: Path, track: int = 0) -> float:
    """When the first loud sample of a track is heard, in ms since the first frame."""
    with av.open(str(path)) as container:
        first = next(container.decode(video=0)).time
    with av.open(str(path)) as container:
        for frame in container.decode(audio=track):
            samples = np.abs(frame.to_ndarray().astype(np.float64)).max(axis=0)
            loud = np.flatnonzero(samples > 0.1)
            if len(loud):
                return float((frame.time - first + loud[0] / frame.sample_rate) * 1000)
    raise AssertionError("the film is silent")
