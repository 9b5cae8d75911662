"""The loop around the model, with a model that stops early and one that hears languages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from rushes.analysis.speech_windows import SpeechAudio, Window
from rushes.analysis.transcript_configuration import TranscriptConfiguration
from rushes.analysis.whisper_windows import WindowTranscriber
from tests.integration.analysis.sound import RATE

CONFIGURATION = TranscriptConfiguration(model="fake")


@dataclass
class EarlyStopper:
    """A pipeline whose model writes three seconds of each clip, then stops."""

    languages: list[tuple[str, float]] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)

    @property
    def model(self) -> Any:
        return SimpleNamespace(
            model=SimpleNamespace(is_multilingual=bool(self.languages)),
            detect_language=lambda audio: (*self.languages.pop(0), []),
        )

    def transcribe(self, audio: np.ndarray, **options: Any) -> tuple[Iterator[Any], Any]:
        self.calls.append(options)
        return (self._segment(bounds) for bounds in options["clip_timestamps"]), None

    def _segment(self, bounds: dict[str, float]) -> Any:
        start = bounds["start"]
        end = min(start + 3.0, bounds["end"])
        word = SimpleNamespace(start=start, end=end, word=" word", probability=0.9)
        return SimpleNamespace(
            seek=int(start * 100),
            start=start,
            end=end,
            text=" word",
            avg_logprob=-0.1,
            no_speech_prob=0.0,
            compression_ratio=1.0,
            temperature=0.0,
            words=[word],
        )


@pytest.fixture(scope="module")
def window(sample_wav: Path) -> Window:
    """The sample's whole sound: speech from 2.7 to 9.2 s and from 12.4 to 21.4 s."""
    return Window(0, SpeechAudio(sample_wav).samples)


def test_speech_behind_an_early_stop_is_heard_again(sample_wav: Path, window: Window) -> None:
    pipeline = EarlyStopper()
    samples = SpeechAudio(sample_wav).read(window)
    result = WindowTranscriber(pipeline, CONFIGURATION).transcribe(samples, window, lambda s: None)
    assert len(pipeline.calls) > 1
    for clip in result["clips"]:
        assert clip["speech_end"] - clip["segments"][-1]["end"] < 1.0
        starts = [segment["start"] for segment in clip["segments"]]
        assert starts == sorted(set(starts))


def test_times_of_a_later_window_are_times_of_the_film(sample_wav: Path, window: Window) -> None:
    later = Window(100 * RATE, 100 * RATE + window.end)
    samples = SpeechAudio(sample_wav).read(window)
    result = WindowTranscriber(EarlyStopper(), CONFIGURATION).transcribe(
        samples, later, lambda seconds: None
    )
    first = result["clips"][0]
    assert result["start"] == 100.0
    assert 102.0 < first["start"] == first["segments"][0]["words"][0]["start"] < 103.0
    assert first["segments"][-1]["end"] > 108.0


def test_each_clip_is_written_down_in_its_own_language(sample_wav: Path, window: Window) -> None:
    pipeline = EarlyStopper(languages=[("nl", 0.9), ("en", 0.8), ("en", 0.8)])
    samples = SpeechAudio(sample_wav).read(window)
    result = WindowTranscriber(pipeline, CONFIGURATION).transcribe(samples, window, lambda s: None)
    assert [clip["language"] for clip in result["clips"]][:2] == ["nl", "en"]
    assert {call["language"] for call in pipeline.calls} == {"nl", "en"}
    assert all(clip["segments"] for clip in result["clips"])
