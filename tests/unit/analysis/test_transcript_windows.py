"""Long sound in windows, speech in clips, languages of clips, and windows that are kept."""

from __future__ import annotations

import wave
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.analysis.clip_languages import LanguageSource, settle_languages
from rushes.analysis.speech_clips import join_speech
from rushes.analysis.speech_windows import (
    SAMPLE_RATE,
    SpeechAudio,
    Window,
    plan_windows,
    quietest_sample,
)
from rushes.analysis.window_store import WindowStore
from rushes.errors import AnalysisError


def noise(seconds: float) -> np.ndarray:
    return np.random.default_rng(0).uniform(-0.5, 0.5, int(seconds * SAMPLE_RATE))


def silence(seconds: float) -> np.ndarray:
    return np.zeros(int(seconds * SAMPLE_RATE))


def write_wav(path: Path, *parts: np.ndarray, rate: int = SAMPLE_RATE) -> Path:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes((np.concatenate(parts) * 32767).astype("<i2").tobytes())
    return path


def test_a_window_ends_in_the_silence_near_its_longest(tmp_path: Path) -> None:
    audio = SpeechAudio(write_wav(tmp_path / "a.wav", noise(25), silence(1), noise(14)))
    windows = plan_windows(audio, 30, 10)
    assert [window.start for window in windows] == [0, windows[0].end]
    assert 25 * SAMPLE_RATE < windows[0].end < 26 * SAMPLE_RATE
    assert windows[-1].end == 40 * SAMPLE_RATE


def test_windows_cover_sound_without_any_pause(tmp_path: Path) -> None:
    audio = SpeechAudio(write_wav(tmp_path / "a.wav", noise(70)))
    windows = plan_windows(audio, 20, 5)
    assert windows[0].start == 0
    assert windows[-1].end == audio.samples
    assert all(a.end == b.start for a, b in pairwise(windows))
    assert all(15 * SAMPLE_RATE <= w.end - w.start <= 20 * SAMPLE_RATE for w in windows[:-1])


def test_short_sound_is_one_window_and_no_sound_is_none(tmp_path: Path) -> None:
    short = SpeechAudio(write_wav(tmp_path / "a.wav", noise(3)))
    assert plan_windows(short, 300, 60) == [Window(0, 3 * SAMPLE_RATE)]
    assert plan_windows(SpeechAudio(write_wav(tmp_path / "b.wav", silence(0))), 300, 60) == []


def test_of_equally_quiet_moments_the_last_is_taken() -> None:
    assert quietest_sample(silence(10).astype(np.float32)) > 9 * SAMPLE_RATE


def test_a_stretch_is_read_as_numbers_between_minus_one_and_one(tmp_path: Path) -> None:
    audio = SpeechAudio(write_wav(tmp_path / "a.wav", silence(1), noise(1)))
    samples = audio.read(Window(SAMPLE_RATE, 10 * SAMPLE_RATE))
    assert samples.dtype == np.float32
    assert len(samples) == SAMPLE_RATE
    assert 0.4 < float(np.abs(samples).max()) <= 0.5


def test_sound_of_another_rate_is_refused_with_the_setting_that_mends_it(tmp_path: Path) -> None:
    with pytest.raises(AnalysisError, match="audio_sample_rate = 16000"):
        SpeechAudio(write_wav(tmp_path / "a.wav", noise(1), rate=48_000))


def test_a_broken_sound_file_is_an_error_of_this_film(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF")
    with pytest.raises(AnalysisError) as caught:
        SpeechAudio(path)
    assert caught.value.code == "stage_error"


speech_stretches = st.lists(st.integers(0, 5000), max_size=30, unique=True).map(
    lambda edges: list(zip(sorted(edges)[::2], sorted(edges)[1::2], strict=False))
)


@given(speech_stretches, st.integers(0, 300), st.integers(0, 500))
def test_clips_hold_all_speech_and_share_no_sample(
    speech: list[tuple[int, int]], pad: int, gap: int
) -> None:
    clips = join_speech(speech, total=5000, longest=1500, gap=gap, pad=pad)
    for start, end in speech:
        assert sum(c.speech_start <= start and end <= c.speech_end for c in clips) == 1
    assert all(0 <= c.start <= c.speech_start < c.speech_end <= c.end <= 5000 for c in clips)
    assert all(a.end <= b.start for a, b in pairwise(clips))


@given(speech_stretches)
def test_joined_clips_are_never_longer_than_the_longest(speech: list[tuple[int, int]]) -> None:
    clips = join_speech(speech, total=5000, longest=1500, gap=5000, pad=100)
    alone = {start for start, end in speech if end - start > 1300}
    assert all(c.end - c.start <= 1500 for c in clips if c.speech_start not in alone)


def test_a_clip_whose_language_is_unclear_takes_that_of_the_surer_ones() -> None:
    heard = [("nl", 0.9), ("cy", 0.2), ("en", 0.8), ("nl", 0.7)]
    settled = settle_languages(heard, [10, 1, 12, 10], 0.5)
    assert [language.code for language in settled] == ["nl", "nl", "en", "nl"]
    assert settled[1].source is LanguageSource.NEIGHBOURS


def test_where_no_clip_is_sure_each_keeps_its_guess() -> None:
    settled = settle_languages([("cy", 0.2), ("en", 0.4)], [1, 1], 0.5)
    assert [(s.code, s.source) for s in settled] == [
        ("cy", LanguageSource.GUESS),
        ("en", LanguageSource.GUESS),
    ]


def test_a_kept_window_is_found_by_the_same_film_and_configuration_only(tmp_path: Path) -> None:
    window = Window(0, 100)
    store = WindowStore(tmp_path, ["film", "configuration"])
    store.save(window, {"clips": []})
    assert WindowStore(tmp_path, ["film", "configuration"]).load(window) == {"clips": []}
    assert WindowStore(tmp_path, ["film", "other"]).load(window) is None
    assert store.load(Window(0, 99)) is None
    store.clear()
    assert store.load(window) is None
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_window_is_done_again(tmp_path: Path) -> None:
    store = WindowStore(tmp_path, "film")
    store.save(Window(0, 100), {"clips": []})
    next(tmp_path.rglob("*.json")).write_text('{"clips": [')
    assert store.load(Window(0, 100)) is None
