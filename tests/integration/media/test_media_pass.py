import os
import time
import wave
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from rushes.errors import AnalysisError, MediaError, RushesError, StorageError
from rushes.media.media_pass import MediaPassConfig, MediaPassManifest, run_media_pass
from rushes.media.metrics import FrameMetrics
from tests.media_factory import frame_ticks, make_clip, make_sound_only, truncate


def run(source: Path, folder: Path, **settings: object) -> MediaPassManifest:
    config = MediaPassConfig.model_validate(settings)
    return run_media_pass(
        source, folder, config, progress=lambda done, total: None, deadline=None, threads=1
    )


def fails(source: Path, folder: Path) -> RushesError:
    with pytest.raises(RushesError) as caught:
        run(source, folder)
    assert not folder.exists()
    return caught.value


def beep_starts_at(path: Path) -> float:
    """Seconds into the WAV at which it becomes loud."""
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 16_000)
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    return float(np.argmax(np.abs(samples) > 3000)) / 16_000


def test_a_film_gives_frames_metrics_and_sound(tmp_path: Path) -> None:
    made = run(make_clip(tmp_path / "a.mp4", frames=60), tmp_path / "out")
    assert (made.frame_count, made.duration_ms) == (60, 2400)
    assert [(f.frame_number, f.time_ms, f.end_ms) for f in made.frames] == [
        (0, 0, 1000), (25, 1000, 2000), (50, 2000, 2400)
    ]  # fmt: skip
    metrics = FrameMetrics.load(tmp_path / "out" / "metrics.npz")
    assert (metrics.times_ms == np.arange(60) * 40).all()
    assert made.audio is not None
    assert beep_starts_at(tmp_path / "out" / made.audio.file) < 0.05


def test_every_scene_has_a_frame(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", frames=60, cuts=[27, 44], audio=False)
    made = run(clip, tmp_path / "out", sample_fps=0.5)
    numbers = [frame.frame_number for frame in made.frames]
    assert [sum(start <= n < end for n in numbers) for start, end in [(0, 27), (27, 44)]] == [1, 1]
    assert any(number >= 44 for number in numbers)


def test_frames_are_upright_and_not_larger_than_asked(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", frames=3, rotation=90)
    made = run(clip, tmp_path / "out", long_side=160)
    picture = cv2.imread(str(tmp_path / "out" / made.frames[0].file))
    assert picture.shape[:2] == (160, 90)
    assert (made.frames[0].width, made.frames[0].height, made.rotation) == (90, 160, 90)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_a_varying_frame_rate_keeps_exact_times(tmp_path: Path, name: str) -> None:
    made = run(make_clip(tmp_path / name, frames=20, vfr=True, audio=False), tmp_path / "out")
    metrics = FrameMetrics.load(tmp_path / "out" / "metrics.npz")
    expected = [round(ticks / 90) for ticks in frame_ticks(20, Fraction(25), vfr=True)]
    assert metrics.times_ms.tolist() == expected
    assert expected[-1] < made.duration_ms <= expected[-1] + 80


@pytest.mark.parametrize(("start", "delay", "heard"), [(0.0, 0.5, 0.5), (2.0, 0.3, 0.3)])
def test_sound_is_aligned_with_the_first_picture(
    tmp_path: Path, start: float, delay: float, heard: float
) -> None:
    clip = make_clip(tmp_path / "a.mkv", start_seconds=start, audio_delay_seconds=delay)
    made = run(clip, tmp_path / "out")
    assert made.audio is not None
    assert beep_starts_at(tmp_path / "out" / made.audio.file) == pytest.approx(heard, abs=0.06)


def test_sound_before_the_first_picture_is_cut_off(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mkv", start_seconds=1.0, audio_delay_seconds=-0.5)
    made = run(clip, tmp_path / "out")
    assert made.audio is not None
    assert made.audio.samples == pytest.approx(1.9 * 16_000, abs=1_000)


def test_the_chosen_sound_track_is_kept_and_all_are_recorded(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mkv", frames=10, audio_tracks=2)
    made = run(clip, tmp_path / "out", audio_track=1)
    assert made.audio is not None
    assert made.audio.track == 1
    assert len(made.audio_tracks) == 2


def test_a_single_frame_without_sound_is_a_film(tmp_path: Path) -> None:
    made = run(make_clip(tmp_path / "a.mp4", frames=1, audio=False), tmp_path / "out")
    assert (made.frame_count, made.duration_ms, made.audio) == (1, 40, None)
    assert [(frame.time_ms, frame.end_ms) for frame in made.frames] == [(0, 40)]


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_a_film_cut_short_is_truncated(tmp_path: Path, name: str) -> None:
    clip = make_clip(tmp_path / name, frames=100, faststart=name == "a.mp4", audio=False)
    error = fails(truncate(clip, 0.4), tmp_path / "out")
    assert (error.code, error.retryable) == ("truncated", False)
    assert clip.name in str(error)


def test_sound_without_picture_is_refused(tmp_path: Path) -> None:
    assert fails(make_sound_only(tmp_path / "a.m4a"), tmp_path / "out").code == "no_video_stream"


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4")
    out = tmp_path / "out"
    out.mkdir()
    (out / "audio.wav").symlink_to("/dev/full")
    error = fails(clip, out)
    assert isinstance(error, StorageError)
    assert error.code == "disk_full"


def test_a_passed_deadline_stops_the_pass(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", frames=10)
    with pytest.raises(AnalysisError) as caught:
        run_media_pass(
            clip, tmp_path / "out", MediaPassConfig(),
            progress=lambda done, total: None, deadline=time.monotonic() - 1,
        )  # fmt: skip
    assert caught.value.code == "timeout"
    assert not (tmp_path / "out").exists()


def test_a_film_that_changes_while_it_is_read_is_still_being_copied(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4")

    def touch(done: float, total: float) -> None:
        os.utime(clip, (1, 1))

    with pytest.raises(MediaError) as caught:
        run_media_pass(clip, tmp_path / "out", MediaPassConfig(), progress=touch, deadline=None)
    assert (caught.value.code, caught.value.retryable) == ("still_copying", True)


def test_progress_rises_to_the_films_length(tmp_path: Path) -> None:
    seen: list[tuple[float, float]] = []
    run_media_pass(
        make_clip(tmp_path / "a.mp4", frames=60), tmp_path / "out", MediaPassConfig(),
        progress=lambda done, total: seen.append((done, total)), deadline=None,
    )  # fmt: skip
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1] == (2.4, 2.4)
