"""Films of any length from the sample film, no two stretches of them alike.

The sample's pictures and sound run again and again. Each turn is a little brighter or darker, cut
out a little elsewhere and a little louder or softer, so that no cache knows what it holds. It is
not mirrored: mirrored text could not be read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "first-rushes.mp4"
FPS = 25
SOUND_RATE = 48_000
SAMPLES_A_FRAME = SOUND_RATE // FPS
MARGIN = 16
"""Pixels of a side that are cut away in all, here or there."""

Pixels = NDArray[np.uint8]
Sound = NDArray[np.float32]


@dataclass(frozen=True)
class Turn:
    """How one turn of the sample differs from the others."""

    gain: float
    offset: float
    left: int
    top: int
    volume: float

    @classmethod
    def of(cls, seed: int, number: int) -> Turn:
        """The same for the same numbers."""
        generator = np.random.default_rng([seed, number])
        return cls(
            gain=float(generator.uniform(0.88, 1.0)),
            offset=float(generator.uniform(0, 16)),
            left=int(generator.integers(0, MARGIN + 1)),
            top=int(generator.integers(0, MARGIN + 1)),
            volume=float(generator.uniform(0.7, 1.0)),
        )

    def picture(self, pixels: Pixels, size: tuple[int, int]) -> Pixels:
        """The pixels (height, width, 3) as this turn shows them, `size` being (width, height)."""
        height, width = pixels.shape[0] - MARGIN, pixels.shape[1] - MARGIN
        window = pixels[self.top : self.top + height, self.left : self.left + width]
        scaled = cv2.resize(window, size, interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.convertScaleAbs(scaled, None, self.gain, self.offset), np.uint8)


def make_sample_film(
    path: Path,
    seconds: float,
    *,
    seed: int = 0,
    start_seconds: float = 0.0,
    size: tuple[int, int] | None = None,
) -> Path:
    """Writes a film that begins `start_seconds` into the sample; `size` None is the sample's own.

    Films of other seeds are other films, also where they begin at one place.
    """
    sound = _sound()
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=FPS, options={"preset": "veryfast"})
        heard = container.add_stream("aac", rate=SOUND_RATE)
        heard.layout = "stereo"
        for number, (place, turn, pixels) in enumerate(_pictures(seconds, start_seconds, seed)):
            if number == 0:
                video.width, video.height = size or (pixels.shape[1], pixels.shape[0])
                video.pix_fmt = "yuv420p"
            picture = turn.picture(pixels, (video.width, video.height))
            frame = av.VideoFrame.from_ndarray(picture, "bgr24").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            container.mux(video.encode(frame))
            container.mux(heard.encode(_sound_frame(sound, place, number, turn.volume)))
        container.mux(video.encode())
        container.mux(heard.encode())
    return path


def _pictures(seconds: float, start: float, seed: int) -> Iterator[tuple[int, Turn, Pixels]]:
    """(place in the sample, turn, pixels) of each frame; only one decode is open at a time."""
    left, skip, number = round(seconds * FPS), round(start * FPS), 0
    while left > 0:
        turn = Turn.of(seed, number)
        with av.open(str(SAMPLE)) as source:
            source.seek(skip * av.time_base // FPS)  # to the key frame before it
            for frame in source.decode(video=0):
                place = round((frame.time or 0.0) * FPS)
                if place >= skip:
                    yield place, turn, np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
                    left -= 1
                if left == 0:
                    return
        skip, number = 0, number + 1


def _sound() -> Sound:
    """The sample's sound, float32 (2, samples)."""
    with av.open(str(SAMPLE)) as source:
        resampler = av.AudioResampler("fltp", "stereo", SOUND_RATE)
        parts = [
            each.to_ndarray()
            for frame in source.decode(audio=0)
            for each in resampler.resample(frame)
        ]
    return np.concatenate(parts, axis=1).astype(np.float32)


def _sound_frame(sound: Sound, place: int, number: int, volume: float) -> av.AudioFrame:
    """The sound of the sample's frame `place`, to be heard with the film's frame `number`."""
    begin = place * SAMPLES_A_FRAME
    part = np.zeros((2, SAMPLES_A_FRAME), np.float32)
    heard = sound[:, begin : begin + SAMPLES_A_FRAME] * np.float32(volume)
    part[:, : heard.shape[1]] = heard
    frame = av.AudioFrame.from_ndarray(part, "fltp", "stereo")
    frame.sample_rate, frame.pts = SOUND_RATE, number * SAMPLES_A_FRAME
    frame.time_base = Fraction(1, SOUND_RATE)
    return frame
