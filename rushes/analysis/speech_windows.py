"""Long sound cut at quiet moments, so that it is transcribed and resumed piece by piece."""

from __future__ import annotations

import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rushes.errors import AnalysisError

SAMPLE_RATE: Final = 16_000
"""Hz, what Whisper and Silero hear."""

_HOP_SAMPLES: Final = SAMPLE_RATE // 50
"""20 ms: loudness is measured over so much sound."""

_QUIET_HOPS: Final = 25
"""0.5 s: a cut is in the middle of the quietest stretch of this length."""

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of sound, in samples from the first video frame, half-open."""

    start: int
    end: int


class SpeechAudio:
    """A mono 16-bit WAV at 16 kHz of which only stretches are in memory."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._open() as wav:
            self.samples = _stored_samples(wav, path)

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return self.samples / SAMPLE_RATE

    def read(self, window: Window) -> Samples:
        """The samples of `window` between -1 and 1, fewer where the file ends sooner."""
        with self._open() as wav:
            wav.setpos(min(window.start, self.samples))
            data = wav.readframes(max(0, min(window.end, self.samples) - window.start))
        whole = data[: len(data) // 2 * 2]
        return np.frombuffer(whole, dtype="<i2").astype(np.float32) / np.float32(32768.0)

    def _open(self) -> wave.Wave_read:
        try:
            return wave.open(str(self.path), "rb")
        except (OSError, EOFError, wave.Error) as error:
            raise AnalysisError(
                f"the sound of the media pass cannot be read: {self.path.name}: {error}",
                remedy="remove the film's folder in the cache and run the stage again",
            ) from error


def _stored_samples(wav: Any, path: Path) -> int:
    shape = (wav.getnchannels(), wav.getsampwidth(), wav.getframerate())
    if shape != (1, 2, SAMPLE_RATE):
        raise AnalysisError(
            f"{path.name} has {shape[0]} channels of {8 * shape[1]} bits at {shape[2]} Hz; speech "
            f"needs one of 16 bits at {SAMPLE_RATE} Hz",
            remedy=f"set audio_sample_rate = {SAMPLE_RATE} under [media_pass] of the profiles file",
        )
    return int(wav.getnframes())


def plan_windows(audio: SpeechAudio, longest_seconds: float, search_seconds: float) -> list[Window]:
    """The sound in windows of at most `longest_seconds`, cut where it is quietest.

    A cut is looked for in the last `search_seconds` of a window; there is always a quietest
    moment, so that music without a pause is cut too.
    """
    longest = int(longest_seconds * SAMPLE_RATE)
    search = min(int(search_seconds * SAMPLE_RATE), longest // 2)
    windows, start = [], 0
    while audio.samples - start > longest:
        zone = Window(start + longest - search, start + longest)
        cut = zone.start + quietest_sample(audio.read(zone))
        windows.append(Window(start, cut))
        start = cut
    if audio.samples > start:
        windows.append(Window(start, audio.samples))
    return windows


def quietest_sample(samples: Samples) -> int:
    """The middle of the quietest half second; of equally quiet ones the last.

    Sound shorter than that is cut at its end.
    """
    hops = len(samples) // _HOP_SAMPLES
    if hops < _QUIET_HOPS:
        return len(samples)
    energy = np.square(samples[: hops * _HOP_SAMPLES], dtype=np.float64)
    per_hop = energy.reshape(hops, _HOP_SAMPLES).mean(axis=1)
    sums = np.cumsum(np.concatenate(([0.0], per_hop)))
    loudness = np.round(sums[_QUIET_HOPS:] - sums[:-_QUIET_HOPS], 9)
    last_quietest = len(loudness) - 1 - int(np.argmin(loudness[::-1]))
    return (last_quietest + _QUIET_HOPS // 2) * _HOP_SAMPLES
