"""Sound files as the media pass writes them."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

RATE = 16_000
"""Hz."""


def write_wav(path: Path, samples: np.ndarray) -> Path:
    """`samples` (int16, mono, 16 kHz) as a WAV."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.astype("<i2").tobytes())
    return path
