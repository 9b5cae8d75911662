"""What a raw transcript is taken to say."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from rushes.analysis.protocol import Analyser, Finding
from rushes.analysis.transcript import FasterWhisperAnalyser
from rushes.artifacts.schemas import TranscriptSegmentV1
from rushes.artifacts.vocabulary import ArtifactType
from tests.unit.analysis.transcript_raw import (
    CONFIGURATION,
    clip,
    raw,
    raw_transcripts,
    segment,
    spoken,
    word,
)

ANALYSER = FasterWhisperAnalyser(CONFIGURATION, Path("nowhere"))


def findings(*clips: dict[str, Any], audio_seconds: float = 3600.0) -> list[Finding]:
    return list(ANALYSER.findings(raw(*clips, audio_seconds=audio_seconds)))


def texts(found: list[Finding]) -> list[str]:
    return [finding.payload["text"] for finding in found]


@given(raw_transcripts)
def test_findings_are_ordered_spans_with_their_words_inside(said: dict[str, Any]) -> None:
    found = list(ANALYSER.findings(said))
    for finding in found:
        payload = TranscriptSegmentV1.model_validate(finding.payload)
        assert finding.artifact_type is ArtifactType.TRANSCRIPT_SEGMENT
        assert 0 <= finding.start_ms < finding.end_ms
        assert finding.end_ms <= max(1, round(said["audio_seconds"] * 1000))
        assert payload.text == payload.text.strip() != ""
        for each in payload.words:
            assert finding.start_ms <= each.start_ms < each.end_ms <= finding.end_ms
            assert each.text == each.text.strip() != ""
        starts = [each.start_ms for each in payload.words]
        assert starts == sorted(starts)
    assert all(a.start_ms <= b.start_ms for a, b in pairwise(found))


@given(raw_transcripts)
def test_no_segment_is_longer_than_the_longest_allowed(said: dict[str, Any]) -> None:
    longest = CONFIGURATION.segment_seconds * 1000
    assert all(f.end_ms - f.start_ms <= longest for f in ANALYSER.findings(said))


@given(raw_transcripts)
def test_findings_survive_the_raw_file(said: dict[str, Any]) -> None:
    assert ANALYSER.findings(json.loads(json.dumps(said))) == ANALYSER.findings(said)


def test_a_sentence_is_a_segment_from_its_first_to_its_last_word() -> None:
    words = spoken("He was not there. She was.", start=10.0, each=0.5)
    found = findings(clip([segment(words)]))
    assert texts(found) == ["He was not there.", "She was."]
    assert [(f.start_ms, f.end_ms) for f in found] == [(10_000, 12_000), (12_000, 13_000)]
    assert found[1].payload["words"] == [
        {"text": "She", "start_ms": 12_000, "end_ms": 12_500, "confidence": 0.9},
        {"text": "was.", "start_ms": 12_500, "end_ms": 13_000, "confidence": 0.9},
    ]


def test_a_sentence_goes_on_over_the_edge_of_two_clips() -> None:
    first = clip([segment(spoken("He might even have", start=0.0))])
    second = clip([segment(spoken("been made amiable himself.", start=1.3))])
    assert texts(findings(first, second)) == ["He might even have been made amiable himself."]


def test_confidence_is_the_exponential_of_the_mean_log_probability() -> None:
    found = findings(clip([segment(spoken("Yes."), avg_logprob=-0.5)]))
    assert found[0].payload["confidence"] == pytest.approx(math.exp(-0.5), abs=1e-4)


def test_a_log_probability_above_zero_is_full_confidence() -> None:
    assert findings(clip([segment(spoken("Yes."), avg_logprob=0.3)]))[0].payload["confidence"] == 1


def test_words_do_not_begin_in_the_silence_before_speech() -> None:
    words = [word(" And", 2.0, 2.9), word(" so.", 2.9, 4.0)]
    found = findings(clip([segment(words)], speech_start=2.5, speech_end=3.6))
    assert (found[0].start_ms, found[0].end_ms) == (2500, 3600)


def test_empty_text_and_blank_words_are_left_out() -> None:
    blank = segment([word("  ", 1.0, 2.0)])
    silent = segment([], text="   ")
    assert findings(clip([blank, silent])) == []


def test_text_without_words_is_a_segment_of_its_own() -> None:
    bare = segment([], text=" Good evening.", start=5.0, end=6.5)
    found = findings(clip([segment(spoken("One thing")), bare]))
    assert texts(found) == ["One thing", "Good evening."]
    assert found[1].payload["words"] == []
    assert (found[1].start_ms, found[1].end_ms) == (5000, 6500)


def test_text_in_probable_silence_that_is_improbable_is_not_believed() -> None:
    words = spoken("Thanks for watching!")
    assert findings(clip([segment(words, no_speech_prob=0.9, avg_logprob=-1.3)])) == []
    assert findings(clip([segment(words, no_speech_prob=0.9, avg_logprob=-0.3)])) != []


def test_a_loop_is_not_believed() -> None:
    assert findings(clip([segment(spoken("and so " * 40), compression_ratio=9.0)])) == []


def test_a_guessed_language_is_called_unknown() -> None:
    found = findings(clip([segment(spoken("Hm."))], language="cy", language_source="guess"))
    assert found[0].payload["language"] == "und"


def test_a_change_of_language_ends_a_segment() -> None:
    found = findings(
        clip([segment(spoken("he said"))]),
        clip([segment(spoken("goede morgen", start=0.7))], language="nl"),
    )
    assert [(f.payload["language"], f.payload["text"]) for f in found] == [
        ("en", "he said"),
        ("nl", "goede morgen"),
    ]


def test_languages_without_spaces_are_joined_without_spaces() -> None:
    words = [word("你", 0.0, 0.2), word("好。", 0.2, 0.4)]
    assert texts(findings(clip([segment(words)], language="zh"))) == ["你好。"]


def test_a_transcript_without_windows_says_nothing() -> None:
    assert ANALYSER.findings({**raw(audio_seconds=0.0), "windows": []}) == []


def test_the_analyser_fits_the_protocol_and_is_known_without_its_model() -> None:
    assert isinstance(ANALYSER, Analyser)
    assert ANALYSER.identity.model_id == "whisper-tiny.en"
    assert "ctranslate2" in ANALYSER.identity.producer_version
