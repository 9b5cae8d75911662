"""One sound track as a mono 16-bit WAV whose sample 0 is the first video frame's moment."""

from __future__ import annotations

import wave
from pathlib import Path

import av
import numpy as np
from av import AudioFrame
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

GAP_TOLERANCE_SECONDS = 0.1
"""Sound that starts later than this after what came before leaves silence in the file."""

Samples = NDArray[np.int16]


class AudioExtractor:
    """Resamples decoded audio frames and writes them, padded or trimmed to the video's start.

    Sound that comes before the first video frame's time is known waits in memory, already
    resampled (32 kB a second at 16 kHz). Not thread-safe.
    """

    def __init__(self, path: Path, sample_rate: int) -> None:
        """`sample_rate` is in hertz. The file appears with the first sample."""
        self.path = path
        self.sample_rate = sample_rate
        self.samples = 0
        self._resampler = self._new_resampler()
        self._waiting: list[Samples] = []
        self._video_start: float | None = None
        self._audio_start: float | None = None
        self._fed_seconds = 0.0
        self._skip = 0
        self._file: wave.Wave_write | None = None

    def start_at(self, seconds: float) -> None:
        """Tells the presentation time of the first video frame; only the first call counts."""
        if self._video_start is None:
            self._video_start = seconds
            self._align()

    def feed(self, frame: AudioFrame) -> None:
        """Takes the next decoded frame of the track."""
        self._start_or_fill_gap(frame)
        self._fed_seconds += frame.samples / frame.sample_rate
        for resampled in self._resampler.resample(frame):
            self._take(resampled)

    def finish(self) -> Path | None:
        """Writes what is left; the file's path, or None when there was no sound."""
        self._flush_resampler()
        self.start_at(0.0)
        self.close()
        return self.path if self.samples else None

    def close(self) -> None:
        """Closes the file; safe to call twice."""
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def _new_resampler(self) -> AudioResampler:
        return AudioResampler(format="s16", layout="mono", rate=self.sample_rate)

    def _start_or_fill_gap(self, frame: AudioFrame) -> None:
        seconds = (
            None
            if frame.pts is None or frame.time_base is None
            else float(frame.pts * frame.time_base)
        )
        if self._audio_start is None:
            self._audio_start = seconds or 0.0
            self._align()
        if seconds is None:
            return
        gap = seconds - self._audio_start - self._fed_seconds
        if gap > GAP_TOLERANCE_SECONDS:
            self._flush_resampler()
            self._put_silence(gap)

    def _put_silence(self, seconds: float) -> None:
        self._fed_seconds += seconds
        rest = round(seconds * self.sample_rate)
        while rest > 0:  # a second at a time: a broken time stamp must not fill the memory
            count = min(rest, self.sample_rate)
            self._put(np.zeros(count, np.int16))
            rest -= count

    def _flush_resampler(self) -> None:
        if self._audio_start is None:
            return
        for resampled in self._resampler.resample(None):
            self._take(resampled)
        self._resampler = self._new_resampler()

    def _take(self, frame: AudioFrame) -> None:
        self._put(frame.to_ndarray().reshape(-1).astype(np.int16, copy=False))

    def _put(self, samples: Samples) -> None:
        if self._video_start is None:
            self._waiting.append(samples.copy())
        else:
            self._write(samples)

    def _align(self) -> None:
        """Once both starts are known: silence in front, or samples to drop."""
        if self._video_start is None or self._audio_start is None:
            return
        offset = round((self._audio_start - self._video_start) * self.sample_rate)
        self._skip = max(0, -offset)
        waiting, self._waiting = self._waiting, []
        if offset > 0:
            self._write(np.zeros(offset, np.int16))
        for samples in waiting:
            self._write(samples)

    def _write(self, samples: Samples) -> None:
        dropped = min(self._skip, len(samples))
        self._skip -= dropped
        samples = samples[dropped:]
        if not len(samples):
            return
        if self._file is None:
            self._file = wave.open(str(self.path), "wb")  # noqa: SIM115 - closed by `close`
            self._file.setnchannels(1)
            self._file.setsampwidth(2)
            self._file.setframerate(self.sample_rate)
        self._file.writeframesraw(samples.astype("<i2").tobytes())
        self.samples += len(samples)


def decode_sound(packet: av.Packet[av.AudioStream], extractor: AudioExtractor) -> None:
    """Decodes one packet into `extractor`; a packet that does not decode leaves a gap."""
    try:
        frames = packet.decode()
    except av.error.InvalidDataError:
        return  # the next packet's time shows the gap, which becomes silence
    for frame in frames:
        extractor.feed(frame)
