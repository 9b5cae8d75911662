"""Raw transcripts for tests: what faster-whisper might say, sane and not."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from rushes.analysis.transcript_configuration import TranscriptConfiguration

CONFIGURATION = TranscriptConfiguration(model="whisper-tiny.en")


def word(text: str, start: float, end: float, probability: float = 0.9) -> dict[str, Any]:
    return {"word": text, "start": start, "end": end, "probability": probability}


def spoken(text: str, start: float = 0.0, each: float = 0.3) -> list[dict[str, Any]]:
    """Words of `text`, `each` seconds apiece, one after the other from `start`."""
    return [
        word(f" {part}", start + n * each, start + (n + 1) * each)
        for n, part in enumerate(text.split())
    ]


def segment(words: list[dict[str, Any]], **over: Any) -> dict[str, Any]:
    return {
        "start": words[0]["start"] if words else 0.0,
        "end": words[-1]["end"] if words else 0.0,
        "text": "".join(each["word"] for each in words),
        "avg_logprob": -0.2,
        "no_speech_prob": 0.05,
        "compression_ratio": 1.2,
        "temperature": 0.0,
        "words": words,
        **over,
    }


def clip(segments: list[dict[str, Any]], **over: Any) -> dict[str, Any]:
    return {
        "start": 0.0,
        "end": 3600.0,
        "speech_start": 0.0,
        "speech_end": 3600.0,
        "language": "en",
        "language_probability": 1.0,
        "language_source": "model",
        "segments": segments,
        **over,
    }


def raw(*clips: dict[str, Any], audio_seconds: float = 3600.0) -> dict[str, Any]:
    window = {"start": 0.0, "end": audio_seconds, "clips": list(clips)}
    return {
        "backend": "faster-whisper",
        "faster_whisper": "1",
        "ctranslate2": "4",
        "model": "whisper-tiny.en",
        "audio_seconds": audio_seconds,
        "windows": [window],
    }


_seconds = st.floats(-5, 120, allow_nan=False)
_texts = st.sampled_from([" And", " so.", " Mr.", " he", ",", "", "  ", " why?", "好。", " J."])
_words = st.builds(word, _texts, _seconds, _seconds, st.floats(-0.5, 1.5))


@st.composite
def _segments(draw: st.DrawFn) -> dict[str, Any]:
    words = draw(st.lists(_words, max_size=12))
    over = {
        "start": draw(_seconds),
        "end": draw(_seconds),
        "avg_logprob": draw(st.floats(-3, 0.5)),
        "no_speech_prob": draw(st.floats(-0.1, 1.1)),
        "compression_ratio": draw(st.floats(0.1, 4)),
    }
    text = draw(st.sampled_from(["", "  ", " a whole line", "".join(w["word"] for w in words)]))
    return segment(words, **over, text=text)


@st.composite
def _clips(draw: st.DrawFn) -> dict[str, Any]:
    start, end = sorted((draw(_seconds), draw(_seconds)))
    return clip(
        draw(st.lists(_segments(), max_size=3)),
        speech_start=start,
        speech_end=end,
        language=draw(st.sampled_from(["en", "nl"])),
        language_source=draw(st.sampled_from(["heard", "guess"])),
    )


raw_transcripts = st.builds(
    lambda clips, seconds: raw(*clips, audio_seconds=seconds),
    st.lists(_clips(), max_size=3),
    st.floats(0, 130),
)
"""Raw transcripts with times out of order, empty words and values out of range."""
