"""Films for the media benchmarks: 1080p H.264 with grain and motion, and an hour of it cheaply."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

FPS = 30
WIDTH, HEIGHT = 1920, 1080
SCENE_SECONDS = 4
BIT_RATE = 10_000_000
"""Bits a second, what a camera or a good web release of 1080p has."""

GRAIN = 3.0
"""Standard deviation of the luma noise, in levels."""

SOUND_RATE = 48_000
HOUR_SECONDS = 3600
SEED_SECONDS = 20


def make_film(path: Path, seconds: int, bit_rate: int = BIT_RATE) -> Path:
    """Writes the film unless it is there already."""
    if path.exists():
        return path
    unfinished = path.with_suffix(".part.mp4")
    with av.open(str(unfinished), "w") as container:
        video = container.add_stream("libx264", rate=FPS, options={"preset": "veryfast"})
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        video.bit_rate = bit_rate
        sound = container.add_stream("aac", rate=SOUND_RATE)
        sound.layout = "stereo"
        for number, picture in enumerate(_pictures(seconds * FPS)):
            frame = av.VideoFrame.from_ndarray(picture, "yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            container.mux(video.encode(frame))
            container.mux(sound.encode(_tone(number)))
        container.mux(video.encode())
        container.mux(sound.encode())
    return unfinished.rename(path)


def make_hour(path: Path, seed: Path) -> Path:
    """An hour of film: the packets of a short one again and again, with later times."""
    if path.exists():
        return path
    unfinished = path.with_suffix(".part.mp4")
    with av.open(str(unfinished), "w") as output:
        copies: list[av.stream.Stream] = []
        for turn in range(HOUR_SECONDS // SEED_SECONDS):
            with av.open(str(seed)) as source:
                streams = [source.streams.video[0], source.streams.audio[0]]
                copies = copies or [output.add_stream_from_template(one) for one in streams]
                for packet in source.demux(*streams):
                    if packet.dts is None or _outside_the_seed(packet):
                        continue
                    shift = round(turn * SEED_SECONDS / packet.time_base)
                    packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                    packet.stream = copies[streams.index(packet.stream)]
                    output.mux(packet)
    return unfinished.rename(path)


def _outside_the_seed(packet: av.Packet) -> bool:
    """Sound that the encoder put before or after the pictures would overlap the next turn's."""
    return packet.stream.type == "audio" and not (0 <= packet.pts * packet.time_base < SEED_SECONDS)


def _pictures(count: int) -> Iterator[NDArray[np.uint8]]:
    """YUV 4:2:0 pictures: a slow pan over a soft texture, another one each scene, with grain."""
    generator = np.random.default_rng(1)
    margin = 480
    textures = []
    for _ in range(4):
        coarse = generator.integers(0, 256, (HEIGHT + margin, WIDTH + margin, 3), np.uint8)
        soft = cv2.GaussianBlur(coarse, (0, 0), 9)
        textures.append(cv2.normalize(soft, None, 0, 255, cv2.NORM_MINMAX))
    grain = [generator.normal(0, GRAIN, (HEIGHT, WIDTH)).astype(np.int16) for _ in range(7)]
    for number in range(count):
        texture = textures[number // (FPS * SCENE_SECONDS) % len(textures)]
        left, top = number * 3 % margin, number * 2 % margin
        window = texture[top : top + HEIGHT, left : left + WIDTH]
        picture = cv2.cvtColor(window, cv2.COLOR_BGR2YUV_I420)
        luma = picture[:HEIGHT].astype(np.int16) + grain[number % len(grain)]
        picture[:HEIGHT] = np.clip(luma, 0, 255)
        yield picture


def _tone(number: int) -> av.AudioFrame:
    size = SOUND_RATE // FPS
    moments = np.arange(number * size, (number + 1) * size) / SOUND_RATE
    tone = (np.sin(2 * np.pi * 330 * moments) * 0.3).astype(np.float32)
    frame = av.AudioFrame.from_ndarray(np.stack([tone, tone]), "fltp", "stereo")
    frame.sample_rate, frame.pts = SOUND_RATE, number * size
    return frame
