"""Films whose time stamps jump, are missing, or do not state what is there."""

import wave
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from rushes.errors import MediaError
from rushes.media.media_pass import MediaPassConfig, MediaPassManifest, run_media_pass
from rushes.media.metrics import FrameMetrics
from tests.media_factory import make_clip

DAYS = 100_000.0


def run(source: Path, folder: Path) -> MediaPassManifest:
    return run_media_pass(
        source, folder, MediaPassConfig(),
        progress=lambda done, total: None, deadline=None, threads=1,
    )  # fmt: skip


def frame_times(folder: Path) -> list[int]:
    times: list[int] = FrameMetrics.load(folder / "metrics.npz").times_ms.tolist()
    return times


def loud_seconds(folder: Path) -> np.ndarray:
    """Where in the WAV it is loud, in whole tenths of a second."""
    with wave.open(str(folder / "audio.wav")) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    return np.unique(np.flatnonzero(np.abs(samples) > 3000) // 1600) / 10


def seconds_of_sound(made: MediaPassManifest) -> float:
    assert made.audio is not None
    return made.audio.samples / 16_000


def test_sound_that_jumps_by_a_day_leaves_no_day_of_silence(tmp_path: Path) -> None:
    made = run(make_clip(tmp_path / "a.mkv", sound_jump_seconds=DAYS), tmp_path / "out")
    assert seconds_of_sound(made) == pytest.approx(2.4, abs=0.1)


def test_sound_that_begins_a_day_late_begins_with_the_film(tmp_path: Path) -> None:
    made = run(make_clip(tmp_path / "a.mkv", audio_delay_seconds=DAYS), tmp_path / "out")
    assert seconds_of_sound(made) == pytest.approx(2.4, abs=0.1)
    assert loud_seconds(tmp_path / "out")[0] == 0.0


@pytest.mark.parametrize("name", ["a.mkv", "a.mp4", "a.ts"])
def test_sound_ends_soon_after_the_picture_and_the_film_is_whole(tmp_path: Path, name: str) -> None:
    made = run(make_clip(tmp_path / name, frames=10, audio_seconds=8), tmp_path / "out")
    assert (made.frame_count, made.duration_ms) == (10, 400)
    assert seconds_of_sound(made) == pytest.approx(1.4, abs=0.001)
    with wave.open(str(tmp_path / "out" / "audio.wav")) as file:
        assert made.audio is not None
        assert file.getnframes() == made.audio.samples
        assert len(file.readframes(10**6)) == made.audio.samples * 2


def test_a_picture_that_jumps_by_a_day_goes_on_after_one_frame(tmp_path: Path) -> None:
    made = run(make_clip(tmp_path / "a.mkv", picture_jump_seconds=DAYS), tmp_path / "out")
    assert made.duration_ms == 2400
    assert max(after - before for before, after in pairwise(frame_times(tmp_path / "out"))) <= 41


def test_a_slide_that_stands_for_minutes_keeps_its_time(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mkv", frames=4, picture_jump_seconds=300, audio=False)
    run(clip, tmp_path / "out")
    assert frame_times(tmp_path / "out") == [0, 40, 300_080, 300_120]


@pytest.mark.parametrize("start", [0.0, 9000.0])
def test_joined_recordings_follow_each_other(tmp_path: Path, start: float) -> None:
    one = make_clip(tmp_path / "a.ts", frames=50)
    two = make_clip(tmp_path / "b.ts", frames=50, start_seconds=start)
    for name, parts in (("forth", (one, two)), ("back", (two, one))):
        joined = tmp_path / f"{name}.ts"
        joined.write_bytes(b"".join(part.read_bytes() for part in parts))
        made = run(joined, tmp_path / name)
        assert made.frame_count == 100
        assert made.duration_ms == pytest.approx(4000, abs=60)
        gaps = [after - before for before, after in pairwise(frame_times(tmp_path / name))]
        assert (min(gaps), max(gaps)) == (40, pytest.approx(40, abs=60))
        # The second beep is heard with the first picture of the second recording.
        second = frame_times(tmp_path / name)[50] / 1000
        loud = loud_seconds(tmp_path / name)
        assert loud[loud > 1][0] == pytest.approx(second, abs=0.11)


def test_frames_without_a_time_are_counted_back_from_the_first_that_has_one(
    tmp_path: Path,
) -> None:
    clip = make_clip(
        tmp_path / "a.mkv", frames=50, start_seconds=-0.5, audio_delay_seconds=0.5,
        muxer={"avoid_negative_ts": "disabled"},
    )  # fmt: skip
    made = run(clip, tmp_path / "out")
    assert made.duration_ms == 2000
    assert frame_times(tmp_path / "out") == [number * 40 for number in range(50)]
    assert loud_seconds(tmp_path / "out")[0] == pytest.approx(0.5, abs=0.11)


def spoil(path: Path, part: float) -> Path:
    """Overwrites `part` of the stored pictures and sound with noise, from their beginning."""
    data = bytearray(path.read_bytes())
    begin = data.find(b"mdat") + 8
    end = begin + int((data.find(b"moov") - begin) * part)
    data[begin:end] = np.random.default_rng(1).bytes(end - begin)
    path.write_bytes(data)
    return path


def test_a_film_that_lost_many_pictures_is_damaged(tmp_path: Path) -> None:
    clip = spoil(make_clip(tmp_path / "a.mp4", frames=50, audio=False), 0.4)
    with pytest.raises(MediaError) as caught:
        run(clip, tmp_path / "out")
    assert (caught.value.code, caught.value.retryable) == ("damaged", False)
    assert "a.mp4" in str(caught.value)


@pytest.mark.parametrize("name", ["a.webm", "a.avi", "a.mpg", "a.flv"])
def test_no_ordinary_film_is_called_damaged(tmp_path: Path, name: str) -> None:
    codec = {"a.webm": "libvpx", "a.mpg": "mpeg2video", "a.avi": "mpeg4"}.get(name, "libx264")
    assert run(make_clip(tmp_path / name, codec=codec, audio=False), tmp_path / "out").frame_count
