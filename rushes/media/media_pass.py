"""The media pass: one decode of a film that keeps all that later stages need.

    decoder thread      demux -> libav's threads -> bounded queue; sound -> resampler -> WAV
    calling thread      queue -> detector picture -> metrics -> cut watch -> JPEG

Both release the GIL where the work is. Nothing of the film stays in memory but about 50 bytes a
frame. Cuts themselves are found from the kept metrics (`rushes.analysis.scenes`), so other
thresholds never need the source again.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from os import stat_result
from pathlib import Path

from rushes.errors import MediaError
from rushes.media.audio import AudioExtractor
from rushes.media.completeness import check_complete
from rushes.media.damage import check_undamaged
from rushes.media.decode import FilmDecoder, TimedFrame
from rushes.media.detector_image import DetectorScaler
from rushes.media.disk_errors import storage_error
from rushes.media.frames import FrameSampler, FrameShape, FrameWriter, WrittenFrame
from rushes.media.manifest import (
    AUDIO_FILE,
    FRAMES_FOLDER,
    METRICS_FILE,
    AudioEntry,
    AudioTrackEntry,
    MediaPassConfig,
    MediaPassManifest,
    SampledFrameEntry,
)
from rushes.media.metrics import FrameMetrics, MetricsRecorder
from rushes.media.source import check_file, truncated
from rushes.media.stream_facts import StreamFacts, read_stream_facts
from rushes.media.timeline import seconds_of

Progress = Callable[[float, float], None]
"""Called with (seconds done, seconds in all), about twice a film second at most."""

PROGRESS_STEP_SECONDS = 0.5

__all__ = ["MediaPassConfig", "MediaPassManifest", "run_media_pass"]


def run_media_pass(
    source: Path,
    destination: Path,
    config: MediaPassConfig,
    *,
    progress: Progress,
    deadline: float | None,
    threads: int = 0,
) -> MediaPassManifest:
    """Decodes `source` once and writes frames, metrics and sound into the folder `destination`.

    `deadline` is `time.monotonic()` seconds; `threads` are libav's (0: one a core). The manifest
    is returned, not written: writing it makes a cache entry count. After any error `destination`
    is gone. Raises `MediaError` (`still_copying`, `truncated`, `damaged`, `unreadable`,
    `no_video_stream`, ...), `AnalysisError` (`timeout`), `StorageError` (`disk_full`, `storage`).
    """
    check_file(source)
    before = source.stat()
    with _nothing_left_behind(destination), _unchanged(source, before):
        destination.mkdir(parents=True, exist_ok=True)
        return _MediaPass(source, destination, config, progress).run(deadline, threads)


class _MediaPass:
    """One run; holds what the steps share."""

    def __init__(
        self, source: Path, destination: Path, config: MediaPassConfig, progress: Progress
    ) -> None:
        self._source = source
        self._destination = destination
        self._config = config
        self._progress = progress
        self._audio = AudioExtractor(destination / AUDIO_FILE, config.audio_sample_rate)
        self._recorder = MetricsRecorder(config.metrics)

    def run(self, deadline: float | None, threads: int) -> MediaPassManifest:
        facts = read_stream_facts(self._source)
        decoder = FilmDecoder(
            self._source, self._audio, self._config.audio_track, threads=threads, deadline=deadline
        )
        with decoder:
            frames = iter(decoder)
            first = next(frames, None)
            if first is None:
                self._check_whole(decoder, facts, 0)
                raise truncated(self._source, "no picture can be decoded")
            written, last = self._take_all(first, frames, facts)
        metrics = self._finish_metrics(last, facts)
        self._check_whole(decoder, facts, metrics.duration_ms)
        metrics.save(self._destination / METRICS_FILE)
        self._progress(metrics.duration_ms / 1000, metrics.duration_ms / 1000)
        return self._manifest(first, written, metrics, facts, decoder.count.bad_packets)

    def _check_whole(self, decoder: FilmDecoder, facts: StreamFacts, video_ms: int) -> None:
        """Raises `truncated` where the film is not stored whole, `damaged` where it is spoilt."""
        sound_ms = round(self._audio.heard_samples * 1000 / self._audio.sample_rate)
        stored_ms = max(video_ms, round(decoder.stored_seconds * 1000))
        if not decoder.time_jumped:  # else the stated length is as wrong as the times were
            check_complete(self._source, facts, stored_ms, sound_ms)
        check_undamaged(self._source, decoder.count)

    def _take_all(
        self, first: TimedFrame, rest: Iterator[TimedFrame], facts: StreamFacts
    ) -> tuple[list[WrittenFrame], TimedFrame]:
        """Measures and samples every frame; the written frames and the film's last frame."""
        scale = DetectorScaler(first.frame.width, first.frame.height, facts.rotation_of(first))
        sampler = self._sampler(first, facts)
        last, reported = first, 0.0
        for item in itertools.chain([first], rest):
            score = self._recorder.add(item.pts, scale(item.frame))
            sampler.add(item.number, item.pts, item.frame, score)
            seconds = seconds_of(item.pts, facts.time_base)
            if seconds - reported >= PROGRESS_STEP_SECONDS:
                reported = seconds
                self._progress(seconds, max(seconds, facts.declared_seconds or 0.0))
            last = item
        return sampler.finish(), last

    def _sampler(self, first: TimedFrame, facts: StreamFacts) -> FrameSampler:
        shape = FrameShape(
            self._config.long_side, self._config.jpeg_quality,
            facts.rotation_of(first), facts.pixel_aspect,
        )  # fmt: skip
        writer = FrameWriter(self._destination / FRAMES_FOLDER, shape)
        return FrameSampler(writer, self._config.sample_fps, facts.time_base, facts.frame_rate)

    def _finish_metrics(self, last: TimedFrame, facts: StreamFacts) -> FrameMetrics:
        tail = last.duration * facts.time_base if last.duration > 0 else 1 / facts.frame_rate
        end = last.pts * facts.time_base + tail
        start_ms = round(last.pts * facts.time_base * 1000)
        duration_ms = max(start_ms + 1, round(end * 1000))
        return self._recorder.finish(facts.time_base, facts.frame_rate, duration_ms)

    def _manifest(
        self, first: TimedFrame, written: list[WrittenFrame], metrics: FrameMetrics,
        facts: StreamFacts, bad_packets: int,
    ) -> MediaPassManifest:  # fmt: skip
        return MediaPassManifest(
            config=self._config,
            width=first.frame.width,
            height=first.frame.height,
            rotation=facts.rotation_of(first),
            frame_rate=str(facts.frame_rate),
            frame_count=len(metrics),
            duration_ms=metrics.duration_ms,
            undecodable_packets=bad_packets,
            audio_tracks=tuple(AudioTrackEntry(**asdict(track)) for track in facts.audio_tracks),
            audio=self._audio_entry(facts),
            frames=_sampled_frames(written, metrics),
        )

    def _audio_entry(self, facts: StreamFacts) -> AudioEntry | None:
        if not self._audio.samples:
            return None
        track = self._config.audio_track
        return AudioEntry(
            file=AUDIO_FILE,
            track=track if track < len(facts.audio_tracks) else 0,
            sample_rate=self._audio.sample_rate,
            samples=self._audio.samples,
        )


def _sampled_frames(
    written: list[WrittenFrame], metrics: FrameMetrics
) -> tuple[SampledFrameEntry, ...]:
    """Each written frame with its span: up to the next one, the last up to the film's end."""
    times = metrics.times_ms
    starts = [int(times[frame.frame_number]) for frame in written]
    ends = [*starts[1:], metrics.duration_ms]
    return tuple(
        SampledFrameEntry(
            file=f"{FRAMES_FOLDER}/{frame.file_name}",
            frame_number=frame.frame_number,
            time_ms=start,
            end_ms=max(end, start + 1),
            width=frame.width,
            height=frame.height,
        )
        for frame, start, end in zip(written, starts, ends, strict=True)
    )


@contextmanager
def _nothing_left_behind(destination: Path) -> Iterator[None]:
    """Removes `destination` on any error and names a full disk."""
    try:
        yield
    except BaseException as error:
        shutil.rmtree(destination, ignore_errors=True)
        if isinstance(error, OSError):
            raise storage_error(error, destination) from error
        raise


@contextmanager
def _unchanged(source: Path, before: stat_result) -> Iterator[None]:
    """Raises `still_copying` when `source` grew or was rewritten; it outranks other findings."""
    try:
        yield
    except MediaError:
        _check_unchanged(source, before)
        raise
    _check_unchanged(source, before)


def _check_unchanged(source: Path, before: stat_result) -> None:
    try:
        after = source.stat()
    except OSError as error:
        raise MediaError(
            f"'{source.name}' vanished while it was read.",
            code="source_missing",
            retryable=True,
            remedy="attach the drive again, or scan the library again",
        ) from error
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise MediaError(
            f"'{source.name}' changed while it was read; it is still being copied.",
            code="still_copying",
            retryable=True,
            remedy="wait until the copy is finished",
        )
