"""The words of a transcript as one stream in film time, from the model's own output."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

UNKNOWN_LANGUAGE = "und"


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """One word with what the model thought of the text around it.

    `text` keeps the space before it, where its language writes one. Where the model gave no
    words, `is_word` is False and `text` is a whole stretch of speech.
    """

    text: str
    start_ms: int
    end_ms: int
    confidence: float
    log_probability: float
    no_speech: float
    language: str
    is_word: bool = True


@dataclass(frozen=True, slots=True)
class Rejection:
    """Whisper's own limits beyond which it does not believe what it wrote.

    Speech is doubted when it is likelier than `no_speech` that there is none and the text's mean
    log-probability is under `log_probability`; a text that compresses better than
    `compression_ratio` is a loop.
    """

    no_speech: float
    log_probability: float
    compression_ratio: float

    def rejects(self, segment: Mapping[str, Any]) -> bool:
        """Whether the model's segment is not to be believed."""
        silent = bool(segment["no_speech_prob"] > self.no_speech)
        doubtful = bool(segment["avg_logprob"] < self.log_probability)
        repeats = bool(segment["compression_ratio"] > self.compression_ratio)
        return (silent and doubtful) or repeats


def spoken_words(
    raw: Mapping[str, Any], rejection: Rejection, *, longest_ms: int
) -> list[SpokenWord]:
    """All believed words in order of time, each at least 1 ms and at most `longest_ms` long.

    Starts never go back, nothing lies before film time zero or behind the sound's end.
    """
    end_ms = max(1, _milliseconds(raw["audio_seconds"]))
    words, earliest = [], 0
    for word in sorted(_believed(raw, rejection), key=lambda word: word.start_ms):
        start = min(max(word.start_ms, earliest), end_ms - 1)
        end = min(max(word.end_ms, start + 1), start + longest_ms, end_ms)
        words.append(replace(word, start_ms=start, end_ms=end))
        earliest = start
    return words


def probability(value: float) -> float:
    """`value` within 0..1, to four places; 0 for what is no number."""
    return 0.0 if math.isnan(value) else round(min(1.0, max(0.0, value)), 4)


def _believed(raw: Mapping[str, Any], rejection: Rejection) -> Iterator[SpokenWord]:
    for window in raw["windows"]:
        for clip in window["clips"]:
            for segment in clip["segments"]:
                if not rejection.rejects(segment):
                    yield from _words_of(segment, clip)


def _words_of(segment: Mapping[str, Any], clip: Mapping[str, Any]) -> Iterator[SpokenWord]:
    spoken = [word for word in segment["words"] if word["word"].strip()]
    for word in spoken:
        start, end = _within_speech(word, clip)
        yield _spoken(word["word"], start, end, word["probability"], segment, clip)
    text = segment["text"].strip()
    if text and not spoken:
        start, end = _within_speech(segment, clip)
        confidence = math.exp(min(0.0, segment["avg_logprob"]))
        yield _spoken(text, start, end, confidence, segment, clip, is_word=False)


def _within_speech(times: Mapping[str, Any], clip: Mapping[str, Any]) -> tuple[int, int]:
    """Times in ms without the silence at the clip's edges.

    The alignment stretches a clip's first and last word over the silence it was padded with.
    """
    start, end = _milliseconds(times["start"]), _milliseconds(times["end"])
    heard = max(start, _milliseconds(clip["speech_start"]))
    stopped = min(end, _milliseconds(clip["speech_end"]))
    return (heard, stopped) if stopped > heard else (start, end)


def _spoken(
    text: str,
    start_ms: int,
    end_ms: int,
    confidence: float,
    segment: Mapping[str, Any],
    clip: Mapping[str, Any],
    *,
    is_word: bool = True,
) -> SpokenWord:
    guessed = clip["language_source"] == "guess"
    return SpokenWord(
        text=text,
        start_ms=start_ms,
        end_ms=end_ms,
        confidence=probability(confidence),
        log_probability=segment["avg_logprob"],
        no_speech=probability(segment["no_speech_prob"]),
        language=UNKNOWN_LANGUAGE if guessed else clip["language"],
        is_word=is_word,
    )


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
