"""The one decoder of a film: a thread that queues pictures and writes the sound."""

from __future__ import annotations

import os
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
from av.video.stream import VideoStream

from rushes.errors import AnalysisError
from rushes.media.audio import AudioExtractor, decode_sound
from rushes.media.damage import DecodeCount
from rushes.media.frame_queue import MAX_BYTES, FrameQueue, frame_bytes
from rushes.media.probe import stream_frame_rate
from rushes.media.source import damaged, first_video_stream, open_source, unreadable
from rushes.media.timeline import Timeline, start_before_missing_times

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
        self._queue: FrameQueue[TimedFrame | None] = FrameQueue()
        self._stop = audio.stop  # a passed deadline ends a long silence as well
        self._error: BaseException | None = None
        self._frames = 0
        self._first_pts = 0
        self._last_pts = -1
        self._expected_pts = 0
        self._frame_ticks = 1
        self.count = DecodeCount()
        self.stored_seconds = 0.0
        """How much picture the film holds, decodable or not; known at its end."""
        self.time_jumped = False
        """Whether the film's own times were broken and had to be mended."""
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
            except TimeoutError:
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
        video.thread_count = _affordable_threads(video, self._threads)
        if video.time_base:
            self._frame_ticks = max(1, round(1 / (stream_frame_rate(video) * video.time_base)))
        sound = [stream for stream in container.streams.audio if stream.codec_context is not None]
        chosen = sound[self._audio_track : self._audio_track + 1] or sound[:1]
        timeline = Timeline(container, float(1 / stream_frame_rate(video)))
        self.count = DecodeCount.of(video, may_start_within_a_group=timeline.may_jump)
        for packet in container.demux(video, *chosen):
            if self._stop.is_set():
                return
            timeline.mend(packet, picture=packet.stream is video)
            if packet.stream is video:
                for frame in self._pictures(cast("av.Packet[av.VideoStream]", packet)):
                    self._put(self._timed(frame))
            else:
                decode_sound(cast("av.Packet[av.AudioStream]", packet), self._audio)
        self.time_jumped, self.stored_seconds = timeline.jumped, timeline.picture_seconds
        self._audio.finish(float(self._expected_pts * Fraction(video.time_base or 0)))

    def _pictures(self, packet: av.Packet[av.VideoStream]) -> list[VideoFrame]:
        try:
            frames = packet.decode()
        except av.error.InvalidDataError as error:
            self.count.bad(packet)
            if self.count.bad_packets > MAX_BAD_PACKETS:
                detail = f"{self.count.bad_packets} packets do not decode"
                raise damaged(self._path, detail) from error
            return []
        self.count.good(packet, len(frames))
        return frames

    def _timed(self, frame: VideoFrame) -> TimedFrame:
        pts = frame.pts if frame.pts is not None else self._guessed_pts(frame)
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

    def _guessed_pts(self, frame: VideoFrame) -> int:
        """The time of a frame without one: its decode time, or counted from its neighbours."""
        if self._frames:
            return self._first_pts + self._expected_pts
        if frame.dts is not None:
            return frame.dts
        with open_source(self._path) as container:
            video = first_video_stream(container, self._path)
            return start_before_missing_times(container, video, self._frame_ticks)

    def _put(self, item: TimedFrame | None) -> None:
        size = frame_bytes(item.frame) if item else 0
        while not self._stop.is_set():
            if self._queue.put(item, size, POLL_SECONDS):
                return


def _affordable_threads(video: VideoStream, asked: int) -> int:
    """Each of libav's threads holds a picture; all together no more than the queue may."""
    picture = max(1, video.width * video.height * 3 // 2)
    return min(asked or os.cpu_count() or 1, max(1, MAX_BYTES // picture))
