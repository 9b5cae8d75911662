"""One sound track as a mono 16-bit WAV whose sample 0 is the first video frame's moment."""

from __future__ import annotations

import os
import threading
import wave
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from av import AudioFrame
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from rushes.media.timeline import seconds_of

GAP_TOLERANCE_SECONDS = 0.1
"""Sound that starts later than this after what came before leaves silence in the file."""

END_MARGIN_SECONDS = 1.0
"""How much longer than the picture the file may be."""

WAV_HEADER_BYTES = 44
MAX_SAMPLES = (2**32 - 1 - WAV_HEADER_BYTES) // 2
"""A WAV counts its bytes with 32 bits; sound beyond that is left out."""

Samples = NDArray[np.int16]


class AudioExtractor:
    """Resamples decoded audio frames and writes them, padded or trimmed to the video's start.

    Sound that comes before the first video frame's time is known waits in memory, already
    resampled (32 kB a second at 16 kHz). Not thread-safe.
    """

    def __init__(self, path: Path, sample_rate: int) -> None:
        """`sample_rate` is in hertz. The file appears with the first sample.

        Whoever sets `stop` ends a silence that is being written.
        """
        self.stop = threading.Event()
        self.path = path
        self.sample_rate = sample_rate
        self.samples = 0
        self.heard_samples = 0
        """What came, with what was cut off at the end of the picture."""
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

    def finish(self, video_seconds: float | None = None) -> Path | None:
        """Writes what is left; the file's path, or None when there was no sound.

        Sound more than a second beyond the picture's length `video_seconds` is cut off.
        """
        self._flush_resampler()
        self.start_at(0.0)
        self.close()
        self.heard_samples = self.samples
        if video_seconds is not None:
            self._cut_to(round((video_seconds + END_MARGIN_SECONDS) * self.sample_rate))
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
            else seconds_of(frame.pts, frame.time_base)
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
        for silence in self._silence(round(seconds * self.sample_rate)):
            self._put(silence)

    def _silence(self, samples: int) -> Iterator[Samples]:
        """A second at a time: hours of it must not fill the memory, nor outlast a stop."""
        while samples > 0 and not self.stop.is_set():
            count = min(samples, self.sample_rate)
            yield np.zeros(count, np.int16)
            samples -= count

    def _flush_resampler(self) -> None:
        if self._audio_start is None:
            return
        for resampled in self._resampler.resample(None):
            self._take(resampled)
        self._resampler = self._new_resampler()

    def _take(self, frame: AudioFrame) -> None:
        self._put(np.frombuffer(memoryview(frame.planes[0]), np.int16, frame.samples))

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
        for silence in self._silence(offset):
            self._write(silence)
        for samples in waiting:
            self._write(samples)

    def _write(self, samples: Samples) -> None:
        dropped = min(self._skip, len(samples))
        self._skip -= dropped
        samples = samples[dropped:][: MAX_SAMPLES - self.samples]
        if not len(samples):
            return
        if self._file is None:
            self._file = wave.open(str(self.path), "wb")  # noqa: SIM115 - closed by `close`
            self._file.setnchannels(1)
            self._file.setsampwidth(2)
            self._file.setframerate(self.sample_rate)
        self._file.writeframesraw(samples.astype("<i2").tobytes())
        self.samples += len(samples)

    def _cut_to(self, samples: int) -> None:
        if self.samples <= samples:
            return
        self.samples = samples
        size = samples * 2
        with self.path.open("r+b") as file:
            file.truncate(WAV_HEADER_BYTES + size)
            for position, count in ((4, WAV_HEADER_BYTES - 8 + size), (40, size)):
                file.seek(position, os.SEEK_SET)
                file.write(count.to_bytes(4, "little"))


def decode_sound(packet: av.Packet[av.AudioStream], extractor: AudioExtractor) -> None:
    """Decodes one packet into `extractor`; a packet that does not decode leaves a gap."""
    try:
        frames = packet.decode()
    except av.error.InvalidDataError:
        return  # the next packet's time shows the gap, which becomes silence
    for frame in frames:
        extractor.feed(frame)
