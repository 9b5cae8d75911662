"""The one decoder of a film: a thread that queues pictures and writes the sound."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from av import VideoFrame
from av.container import InputContainer

from rushes.errors import AnalysisError, MediaError
from rushes.media.audio import AudioExtractor, decode_sound
from rushes.media.probe import stream_frame_rate
from rushes.media.source import first_video_stream, open_source, unreadable

QUEUED_FRAMES = 8
"""Decoded pictures that may wait; a 4K frame is about 12 MB."""

POLL_SECONDS = 0.2
MAX_BAD_PACKETS = 500
"""More undecodable packets than this is a film that cannot be read, not a scratch in it."""


@dataclass(frozen=True)
class TimedFrame:
    """A decoded picture; `pts` and `duration` are ticks, `pts` counted from the first frame."""

    number: int
    pts: int
    duration: int
    frame: VideoFrame


class FilmDecoder:
    """Iterates over every frame of a film once, in presentation order.

    libav decodes on its own threads without the GIL; this class adds the thread that drives it.
    """

    def __init__(
        self, path: Path, audio: AudioExtractor, audio_track: int, *, threads: int,
        deadline: float | None,
    ) -> None:  # fmt: skip
        """`threads` for libav (0: one a core); `deadline` in `time.monotonic()` seconds."""
        self._path = path
        self._audio = audio
        self._audio_track = audio_track
        self._threads = threads
        self._deadline = deadline
        self._queue: queue.Queue[TimedFrame | None] = queue.Queue(QUEUED_FRAMES)
        self._stop = threading.Event()
        self._error: BaseException | None = None
        self._frames = 0
        self._first_pts = 0
        self._last_pts = -1
        self._expected_pts = 0
        self._frame_ticks = 1
        self.bad_packets = 0
        self._thread = threading.Thread(target=self._run, name="film-decoder", daemon=True)

    def __enter__(self) -> FilmDecoder:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        # A read that hangs on a lost drive cannot be interrupted; the thread is a daemon.
        self._thread.join(timeout=10)

    def __iter__(self) -> Iterator[TimedFrame]:
        """Raises what stopped the decoder, or `AnalysisError` with `timeout`."""
        while True:
            self._check_deadline()
            try:
                item = self._queue.get(timeout=POLL_SECONDS)
            except queue.Empty:
                continue
            if item is None:
                break
            yield item
        if self._error is not None:
            raise self._error

    def _check_deadline(self) -> None:
        if self._deadline is not None and time.monotonic() > self._deadline:
            raise AnalysisError(
                f"'{self._path.name}' was not read in the time allowed.",
                code="timeout",
                remedy="raise RUSHES_STAGE_TIMEOUT_SECONDS and run the film again",
            )

    def _run(self) -> None:
        try:
            try:
                with open_source(self._path) as container:
                    self._decode(container)
            finally:
                self._audio.close()
        except av.error.FFmpegError as error:
            self._error = unreadable(self._path, error)
        except BaseException as error:  # handed to the consumer, which raises it
            self._error = error
        finally:
            self._put(None)

    def _decode(self, container: InputContainer) -> None:
        video = first_video_stream(container, self._path)
        video.thread_type = "AUTO"
        video.thread_count = self._threads
        if video.time_base:
            self._frame_ticks = max(1, round(1 / (stream_frame_rate(video) * video.time_base)))
        sound = [stream for stream in container.streams.audio if stream.codec_context is not None]
        chosen = sound[self._audio_track : self._audio_track + 1] or sound[:1]
        for packet in container.demux(video, *chosen):
            if self._stop.is_set():
                return
            if packet.stream is video:
                for frame in self._pictures(cast("av.Packet[av.VideoStream]", packet)):
                    self._put(self._timed(frame))
            else:
                decode_sound(cast("av.Packet[av.AudioStream]", packet), self._audio)
        self._audio.finish()

    def _pictures(self, packet: av.Packet[av.VideoStream]) -> list[VideoFrame]:
        try:
            return packet.decode()
        except av.error.InvalidDataError as error:
            self.bad_packets += 1
            if self.bad_packets > MAX_BAD_PACKETS:
                raise MediaError(
                    f"'{self._path.name}' is damaged: {self.bad_packets} packets do not decode.",
                    code="unreadable",
                    remedy="copy the film again from its source",
                ) from error
            return []

    def _timed(self, frame: VideoFrame) -> TimedFrame:
        pts = frame.pts if frame.pts is not None else self._first_pts + self._expected_pts
        if self._frames == 0:
            self._first_pts = pts
            self._audio.start_at(float(pts * Fraction(frame.time_base or 0)))
        # Time must move: a repeated or backward time stamp is set one tick after the last.
        relative = max(pts - self._first_pts, self._last_pts + 1)
        timed = TimedFrame(self._frames, relative, frame.duration or 0, frame)
        self._frames += 1
        self._last_pts = relative
        self._expected_pts = relative + (frame.duration or self._frame_ticks)
        return timed

    def _put(self, item: TimedFrame | None) -> None:
        while not self._stop.is_set():
            try:
                self._queue.put(item, timeout=POLL_SECONDS)
            except queue.Full:
                continue
            return
