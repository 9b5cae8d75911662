"""Speech to text on the sample film, with real weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rushes.analysis.protocol import FilmMedia, Finding, Watch
from rushes.analysis.transcript import FasterWhisperAnalyser
from rushes.artifacts.schemas import TranscriptSegmentV1
from rushes.errors import AnalysisError
from rushes.media.manifest import MediaPassConfig, MediaPassManifest
from tests.integration.analysis.sound import RATE, write_wav

MakeAnalyser = Callable[..., FasterWhisperAnalyser]

WORST_WORD_ERROR_RATE = 0.10
MEDIAN_START_ERROR_MS = 200
WORST_START_ERROR_MS = 600


@dataclass(frozen=True)
class FakeMedia:
    """The part of the cache that the transcript reads."""

    audio_path: Path | None
    manifest: MediaPassManifest
    held: list[bool]

    def __enter__(self) -> FakeMedia:
        self.held.append(True)
        return self

    def __exit__(self, *_: object) -> None:
        self.held.append(False)


def manifest_of(track: int) -> MediaPassManifest:
    return MediaPassManifest(
        config=MediaPassConfig(audio_track=track), width=4, height=4, rotation=0, frame_rate="25",
        frame_count=1, duration_ms=40, frames=(),
    )  # fmt: skip


def film_of(audio: Path | None, *, track: int = 0, held: list[bool] | None = None) -> FilmMedia:
    media = FakeMedia(audio, manifest_of(track), [] if held is None else held)
    return FilmMedia("asset", "film", Path("gone.mp4"), lambda: media)  # type: ignore[arg-type,return-value]


def plain(text: str) -> list[str]:
    words = ("".join(c for c in word.lower() if c.isalnum()) for word in text.split())
    return [word for word in words if word]


def edit_distance(truth: Sequence[str], heard: Sequence[str]) -> int:
    row = list(range(len(heard) + 1))
    for place, wanted in enumerate(truth, 1):
        diagonal, row[0] = row[0], place
        for column, word in enumerate(heard, 1):
            diagonal, row[column] = (
                row[column],
                min(row[column] + 1, row[column - 1] + 1, diagonal + (wanted != word)),
            )
    return row[-1]


def words_of(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    return [word for finding in findings for word in finding.payload["words"]]


@pytest.fixture(scope="module")
def sample_raw(analyser: FasterWhisperAnalyser, sample_wav: Path) -> dict[str, Any]:
    return analyser.analyse(film_of(sample_wav), Watch())


@pytest.fixture(scope="module")
def sample_findings(
    analyser: FasterWhisperAnalyser, sample_raw: dict[str, Any]
) -> Sequence[Finding]:
    return analyser.findings(sample_raw)


def test_at_most_one_word_in_ten_of_the_sample_is_wrong(
    sample_findings: Sequence[Finding], sample_truth: dict[str, Any]
) -> None:
    truth = plain(" ".join(each["text"] for each in sample_truth["utterances"]))
    heard = plain(" ".join(finding.payload["text"] for finding in sample_findings))
    assert edit_distance(truth, heard) / len(truth) <= WORST_WORD_ERROR_RATE


def test_words_are_found_where_they_are_spoken(
    sample_findings: Sequence[Finding], sample_truth: dict[str, Any]
) -> None:
    spoken = [(plain(w["text"])[0], w["start_ms"]) for w in sample_truth["words"]]
    heard = [(plain(w["text"])[0], w["start_ms"]) for w in words_of(sample_findings)]
    if [text for text, _ in spoken] != [text for text, _ in heard]:
        pytest.skip("the words differ, which the test of the word error rate judges")
    errors = [abs(a - b) for (_, a), (_, b) in zip(spoken, heard, strict=True)]
    assert np.median(errors) <= MEDIAN_START_ERROR_MS
    assert max(errors) <= WORST_START_ERROR_MS


def test_each_sentence_of_the_sample_is_a_valid_segment(
    sample_findings: Sequence[Finding],
) -> None:
    for finding in sample_findings:
        payload = TranscriptSegmentV1.model_validate(finding.payload)
        assert payload.text.endswith(".")
        assert payload.language == "en"
        assert payload.confidence > 0.5


def test_the_same_sound_gives_the_same_raw_transcript(
    analyser: FasterWhisperAnalyser, sample_wav: Path, sample_raw: dict[str, Any]
) -> None:
    assert analyser.analyse(film_of(sample_wav), Watch()) == sample_raw


def test_a_film_without_sound_says_nothing(analyser: FasterWhisperAnalyser) -> None:
    raw = analyser.analyse(film_of(None), Watch())
    assert raw["windows"] == []
    assert analyser.findings(raw) == []


def test_silence_says_nothing(analyser: FasterWhisperAnalyser, tmp_path: Path) -> None:
    path = write_wav(tmp_path / "silence.wav", np.zeros(5 * RATE))
    raw = analyser.analyse(film_of(path), Watch())
    assert [window["clips"] for window in raw["windows"]] == [[]]
    assert analyser.findings(raw) == []


def test_sound_shorter_than_a_moment_says_nothing(
    analyser: FasterWhisperAnalyser, tmp_path: Path
) -> None:
    raw = analyser.analyse(film_of(write_wav(tmp_path / "a.wav", np.ones(3))), Watch())
    assert analyser.findings(raw) == []


def test_progress_rises_to_the_end_of_the_film(
    analyser: FasterWhisperAnalyser, sample_wav: Path
) -> None:
    seen: list[tuple[float, float]] = []
    raw = analyser.analyse(film_of(sample_wav), Watch(lambda *step: seen.append(step)))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert len(seen) >= 2
    assert seen[-1][0] == pytest.approx(raw["audio_seconds"], abs=1e-3)


def test_a_time_limit_stops_the_stage(analyser: FasterWhisperAnalyser, sample_wav: Path) -> None:
    with pytest.raises(AnalysisError) as caught:
        analyser.analyse(film_of(sample_wav), Watch(deadline=0.0))
    assert caught.value.code == "timeout"


class BrokenOffError(Exception):
    """What ends the first of two tries."""


def test_a_broken_run_goes_on_after_its_last_finished_window(
    make_analyser: MakeAnalyser, sample_wav: Path, tmp_path: Path
) -> None:
    analyser = make_analyser(scratch=tmp_path, window_seconds=12, window_search_seconds=4)

    def break_off(done: float, total: float) -> None:
        if done > 12:
            raise BrokenOffError

    with pytest.raises(BrokenOffError):
        analyser.analyse(film_of(sample_wav), Watch(break_off))
    (kept,) = tmp_path.rglob("*.json")
    kept.write_text(kept.read_text().replace("Dashwood", "Kept"))
    other = film_of(sample_wav, track=1)
    with pytest.raises(BrokenOffError):
        analyser.analyse(other, Watch(break_off))
    assert "Kept" in kept.read_text()
    assert len(list(tmp_path.iterdir())) == 2  # another sound track resumes nothing
    raw = analyser.analyse(film_of(sample_wav), Watch())
    text = " ".join(finding.payload["text"] for finding in analyser.findings(raw))
    assert "Kept" in text
    assert "amiable himself" in text
    analyser.analyse(other, Watch())
    assert list(tmp_path.iterdir()) == []


def test_the_cached_sound_is_held_while_it_is_read(
    analyser: FasterWhisperAnalyser, sample_wav: Path
) -> None:
    held: list[bool] = []
    seen: list[bool] = []
    watch = Watch(lambda done, total: seen.append(held[-1]))
    analyser.analyse(film_of(sample_wav, held=held), watch)
    assert set(seen) == {True}
    assert held == [True, False]


def test_cutting_into_windows_keeps_film_time(
    make_analyser: MakeAnalyser, sample_wav: Path, sample_findings: Sequence[Finding]
) -> None:
    analyser = make_analyser(window_seconds=12, window_search_seconds=4)
    raw = analyser.analyse(film_of(sample_wav), Watch())
    assert len(raw["windows"]) > 1
    cut, whole = words_of(analyser.findings(raw)), words_of(sample_findings)
    assert [word["text"] for word in cut] == [word["text"] for word in whole]
    assert max(abs(a["start_ms"] - b["start_ms"]) for a, b in zip(cut, whole, strict=True)) <= 500


def test_missing_weights_name_the_command_that_gets_them(
    analyser: FasterWhisperAnalyser, tmp_path: Path
) -> None:
    lost = FasterWhisperAnalyser(analyser.configuration, tmp_path)
    with pytest.raises(AnalysisError) as caught:
        lost.prepare()
    assert caught.value.code == "model_unavailable"
    assert caught.value.remedy == "rushes models fetch whisper-tiny.en"


def test_damaged_weights_name_the_command_that_shows_it(
    analyser: FasterWhisperAnalyser, tmp_path: Path
) -> None:
    for name in ("config.json", "model.bin", "tokenizer.json"):
        (tmp_path / name).write_text("{}")
    with pytest.raises(AnalysisError) as caught:
        FasterWhisperAnalyser(analyser.configuration, tmp_path).prepare()
    assert caught.value.code == "model_unavailable"
    assert "rushes models verify" in str(caught.value)
