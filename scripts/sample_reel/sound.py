"""The sound track: speech at one loudness, the rabbit's own sound where nobody speaks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from .edit import (
    AMBIENCE_SHOT,
    FRAMES_PER_SECOND,
    SHOTS,
    SPEECH,
    first_frames,
    total_frames,
)
from .parts import Parts

Samples = NDArray[Any]

SAMPLE_RATE = 48_000  # Hz
SAMPLES_PER_FRAME = SAMPLE_RATE // FRAMES_PER_SECOND
SPEECH_LEVEL_DB = -20.0  # dBFS, root mean square of the voiced part
AMBIENCE_LEVEL_DB = -30.0
PEAK = 0.9  # of full scale
FADE_S = 0.04  # takes the clicks off the ends


def soundtrack(parts: Parts) -> Samples:
    """The whole film's sound: mono float32, -1 to 1, SAMPLES_PER_FRAME a frame."""
    track = np.zeros(total_frames() * SAMPLES_PER_FRAME, np.float32)
    for speech in SPEECH:
        samples = levelled(read_mono(parts.speech[speech.clip]), SPEECH_LEVEL_DB)
        _lay(track, samples, speech.start_ms * SAMPLE_RATE // 1000)
    index = [shot.name for shot in SHOTS].index(AMBIENCE_SHOT)
    shot, at = SHOTS[index], first_frames()[index] * SAMPLES_PER_FRAME
    own = read_mono(parts.bunny)[shot.first * SAMPLES_PER_FRAME :]
    own = levelled(own[: shot.frames * SAMPLES_PER_FRAME], AMBIENCE_LEVEL_DB)
    _lay(track, own, at)
    return track


def read_mono(path: Path) -> Samples:
    """The first sound track as mono float32 at SAMPLE_RATE."""
    resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
    with av.open(str(path)) as container:
        pieces = [
            out.to_ndarray()[0]
            for frame in [*container.decode(audio=0), None]
            for out in resampler.resample(frame)
        ]
    return np.concatenate(pieces)


def levelled(samples: Samples, level_db: float) -> Samples:
    """The samples at `level_db` where they are loud, never above PEAK, faded at the ends."""
    window = SAMPLE_RATE // 50
    blocks = samples[: len(samples) // window * window].reshape(-1, window)
    power = (blocks.astype(np.float64) ** 2).mean(axis=1)
    voiced = power[power >= 0.01 * power.max()]  # within 20 dB of the loudest 20 ms
    gain = 10 ** (level_db / 20) / np.sqrt(voiced.mean())
    out: Samples = samples * min(gain, PEAK / np.abs(samples).max())
    fade = np.linspace(0, 1, int(FADE_S * SAMPLE_RATE), dtype=np.float32)
    out[: len(fade)] *= fade
    out[-len(fade) :] *= fade[::-1]
    return out


def _lay(track: Samples, samples: Samples, at: int) -> None:
    """Mix the samples into the track; they must fit."""
    track[at : at + len(samples)] += samples
