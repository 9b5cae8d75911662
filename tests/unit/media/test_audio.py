import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from rushes.media import audio
from rushes.media.audio import AudioExtractor

RATE = 16_000


def feed(extractor: AudioExtractor, seconds: float, samples: int = RATE) -> None:
    frame = av.AudioFrame.from_ndarray(np.full((1, samples), 900, np.int16), "s16", "mono")
    frame.sample_rate, frame.time_base = RATE, Fraction(1, RATE)
    frame.pts = round(seconds * RATE)
    extractor.feed(frame)


def test_a_stop_ends_a_long_silence(tmp_path: Path) -> None:
    extractor = AudioExtractor(tmp_path / "a.wav", RATE)
    extractor.start_at(0.0)
    extractor.stop.set()
    feed(extractor, 10**9)
    extractor.close()
    assert extractor.samples <= RATE


def test_a_file_holds_no_more_than_a_wav_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audio, "MAX_SAMPLES", 1000)
    extractor = AudioExtractor(tmp_path / "a.wav", RATE)
    feed(extractor, 0.0)
    feed(extractor, 1.0)
    extractor.finish()
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert file.getnframes() == extractor.samples == 1000
