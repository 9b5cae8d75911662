"""Pictures and sound into one mp4: H.264 and AAC, with a time code track, date and place."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from .edit import (
    CREATION_TIME,
    FRAMES_PER_SECOND,
    HEIGHT,
    LOCATION,
    START_TIMECODE,
    WIDTH,
)
from .sound import SAMPLE_RATE, SAMPLES_PER_FRAME, Samples

# One thread: x264's choices, and so the bytes, do not depend on the number of cores.
X264 = {"crf": "24", "preset": "slow", "g": "50", "x264-params": "open-gop=0:threads=1"}
AUDIO_BITS_PER_SECOND = 80_000
SMPTE_170M = 6  # colour primaries, transfer and matrix of standard definition


def write_film(path: Path, pictures: Iterator[NDArray[np.uint8]], track: Samples) -> None:
    """Encode the pictures (BGR) and the mono sound track to `path`."""
    # faststart lets a browser play before it has the whole file.
    options = {"movflags": "+faststart", "fflags": "+bitexact"}
    with av.open(str(path), "w", format="mp4", options=options) as container:
        container.metadata.update({"creation_time": CREATION_TIME, "location": LOCATION})
        container.metadata["title"] = "First Rushes"
        video, audio = _video_stream(container), _audio_stream(container)
        for index, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts = index
            container.mux(video.encode(frame))
            container.mux(audio.encode(_sound_of(track, index)))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))


def _video_stream(container: av.container.OutputContainer) -> av.VideoStream:
    stream = container.add_stream("libx264", rate=FRAMES_PER_SECOND, options=X264)
    stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    stream.time_base = Fraction(1, FRAMES_PER_SECOND)
    stream.metadata["timecode"] = START_TIMECODE
    context = stream.codec_context
    context.thread_count = 1
    context.colorspace = context.color_primaries = context.color_trc = SMPTE_170M
    context.color_range = 1  # limited
    return stream


def _audio_stream(container: av.container.OutputContainer) -> av.AudioStream:
    stream = container.add_stream("aac", rate=SAMPLE_RATE, layout="mono")
    stream.bit_rate = AUDIO_BITS_PER_SECOND
    return stream


def _sound_of(track: Samples, index: int) -> av.AudioFrame:
    """The sound of film frame `index`."""
    start = index * SAMPLES_PER_FRAME
    piece = np.ascontiguousarray(track[None, start : start + SAMPLES_PER_FRAME])
    frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="mono")
    frame.sample_rate = SAMPLE_RATE
    frame.pts = start
    frame.time_base = Fraction(1, SAMPLE_RATE)
    return frame
