"""One sound track of a clip, encoded as AAC so that it stays with the picture to the sample."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, cast

import av
import numpy as np
from av import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import OutputContainer
from numpy.typing import NDArray

AAC_RATES = frozenset({8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000})
OTHER_RATE = 48_000
"""Hertz for a film whose rate AAC does not have."""
AAC_LAYOUTS = frozenset({"mono", "stereo", "3.0", "4.0", "5.0", "5.1", "7.1"})
BIT_RATE_A_CHANNEL = 96_000

SLIP_SECONDS = 0.02
"""Half a frame at 25 a second: sound that is further off its time is moved back to it."""

Samples = NDArray[np.float32]
"""(channels, samples), -1 to 1."""


class ClipSound:
    """Takes decoded frames of one track and encodes what lies in the clip.

    Sound before the clip is dropped, a later start and gaps are filled with silence.
    """

    def __init__(
        self, output: OutputContainer, source: AudioStream, start: float, seconds: float
    ) -> None:
        """`start`: the clip's first moment on the film's clock; `seconds`: its length."""
        context = source.codec_context
        self.rate = context.sample_rate if context.sample_rate in AAC_RATES else OTHER_RATE
        self._layout = context.layout.name if context.layout.name in AAC_LAYOUTS else "stereo"
        self._output = output
        self._start = start
        self._length = round(seconds * self.rate)
        self._written = 0
        self._resampler = self._new_resampler()
        self._next: int | None = None
        self.stream: AudioStream = output.add_stream("aac", rate=self.rate)
        self.stream.layout = self._layout
        self.stream.bit_rate = BIT_RATE_A_CHANNEL * self.stream.codec_context.channels
        if source.language:
            self.stream.metadata["language"] = source.language

    @property
    def is_complete(self) -> bool:
        """Whether the clip's end is reached."""
        return self._written >= self._length

    def feed(self, packet: av.Packet[Any]) -> None:
        """Takes the next packet of the track; one that does not decode leaves a gap."""
        try:
            frames = cast("list[AudioFrame]", packet.decode())
        except av.error.InvalidDataError:
            return
        for frame in frames:
            self._take(frame)

    def finish(self) -> None:
        """Encodes what is left."""
        for resampled in self._resampler.resample(None):
            self._put(resampled)
        self._output.mux(self.stream.encode(None))

    def _take(self, frame: AudioFrame) -> None:
        if frame.pts is not None and frame.time_base is not None:
            at = round((float(frame.pts * frame.time_base) - self._start) * self.rate)
            if self._next is None or abs(at - self._next) > SLIP_SECONDS * self.rate:
                self._move_to(at)
        if self._next is None:
            self._next = 0
        for resampled in self._resampler.resample(frame):
            self._put(resampled)

    def _move_to(self, at: int) -> None:
        if self._next is not None:
            for resampled in self._resampler.resample(None):
                self._put(resampled)
            self._resampler = self._new_resampler()
        self._next = at

    def _put(self, frame: AudioFrame) -> None:
        """Writes resampled sound at its place; what overlaps with what is written is dropped."""
        at = self._next or 0
        self._next = at + frame.samples
        samples = cast("Samples", frame.to_ndarray())[:, max(0, self._written - at) :]
        if not samples.shape[1] or self.is_complete:
            return
        for silence in self._silence(min(at, self._length) - self._written, samples.shape[0]):
            self._encode(silence)
        self._encode(samples[:, : self._length - self._written])

    def _silence(self, samples: int, channels: int) -> Iterator[Samples]:
        """A second at a time."""
        while samples > 0:
            count = min(samples, self.rate)
            yield np.zeros((channels, count), np.float32)
            samples -= count

    def _encode(self, samples: Samples) -> None:
        if not samples.shape[1]:
            return
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples), "fltp", self._layout)
        frame.sample_rate, frame.pts = self.rate, self._written
        frame.time_base = Fraction(1, self.rate)
        self._written += samples.shape[1]
        self._output.mux(self.stream.encode(frame))

    def _new_resampler(self) -> AudioResampler:
        return AudioResampler(format="fltp", layout=self._layout, rate=self.rate)
