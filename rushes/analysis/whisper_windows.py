"""One window of sound through voice detection, language detection and faster-whisper."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from rushes.analysis.clip_languages import ClipLanguage, LanguageSource, settle_languages
from rushes.analysis.speech_clips import Clip, join_speech
from rushes.analysis.speech_windows import SAMPLE_RATE, Samples, Window
from rushes.analysis.transcript_configuration import TranscriptConfiguration

Heard = Callable[[float], None]
"""Called with the film time in seconds up to which the window has been heard."""


class WindowTranscriber:
    """Transcribes windows with one `faster_whisper.BatchedInferencePipeline`."""

    def __init__(self, pipeline: Any, configuration: TranscriptConfiguration) -> None:
        self._pipeline = pipeline
        self._model = pipeline.model
        self._configuration = configuration

    def transcribe(self, samples: Samples, window: Window, heard: Heard) -> dict[str, Any]:
        """What was said in the window, times in seconds of film, as JSON values."""
        clips = self._clips(samples)
        languages = self._languages(samples, clips)
        rows = [_clip_row(*pair, window) for pair in zip(clips, languages, strict=True)]
        for code in sorted({language.code for language in languages}):
            places = [n for n, language in enumerate(languages) if language.code == code]
            self._decode(samples, window, code, [(clips[n], rows[n]) for n in places], heard)
        return {
            "start": _film_seconds(window, 0),
            "end": _film_seconds(window, window.end - window.start),
            "clips": rows,
        }

    def _clips(self, samples: Samples) -> list[Clip]:
        from faster_whisper.vad import VadOptions, get_speech_timestamps

        chosen = self._configuration
        pad_seconds = chosen.speech_pad_ms / 1000
        options = VadOptions(
            threshold=chosen.speech_threshold,
            min_silence_duration_ms=chosen.speech_silence_ms,
            max_speech_duration_s=chosen.clip_seconds - 2 * pad_seconds,
            speech_pad_ms=0,
        )
        speech = get_speech_timestamps(samples, options) if len(samples) else []
        return join_speech(
            [(stretch["start"], stretch["end"]) for stretch in speech],
            total=len(samples),
            longest=int(chosen.clip_seconds * SAMPLE_RATE),
            gap=chosen.clip_gap_ms * SAMPLE_RATE // 1000,
            pad=int(pad_seconds * SAMPLE_RATE),
        )

    def _languages(self, samples: Samples, clips: Sequence[Clip]) -> list[ClipLanguage]:
        if self._configuration.language is not None:
            given = ClipLanguage(self._configuration.language, 1.0, LanguageSource.GIVEN)
            return [given] * len(clips)
        if not self._model.model.is_multilingual:
            return [ClipLanguage("en", 1.0, LanguageSource.MODEL)] * len(clips)
        heard = [self._model.detect_language(samples[c.start : c.end])[:2] for c in clips]
        seconds = [(clip.speech_end - clip.speech_start) / SAMPLE_RATE for clip in clips]
        return settle_languages(heard, seconds, self._configuration.language_probability_limit)

    def _decode(
        self,
        samples: Samples,
        window: Window,
        language: str,
        clips: Sequence[tuple[Clip, dict[str, Any]]],
        heard: Heard,
    ) -> None:
        """Fill the rows of `clips`, all of one language, with their segments.

        The model at times stops after a clip's first sentences. The rest of such a clip is heard
        again, until the model is silent or the speech is covered.
        """
        while clips:
            for place, segment in self._segments(samples, language, [clip for clip, _ in clips]):
                clip, row = clips[place]
                row["segments"].append(_segment_row(segment, window))
                heard(_film_seconds(window, clip.end))
            rests = [(_unheard(clip, row, window), row) for clip, row in clips]
            clips = [(rest, row) for rest, row in rests if rest is not None]

    def _segments(
        self, samples: Samples, language: str, clips: Sequence[Clip]
    ) -> Iterator[tuple[int, Any]]:
        """The model's segments with the index of the clip that each was heard in."""
        bounds = [(clip.start / SAMPLE_RATE, clip.end / SAMPLE_RATE) for clip in clips]
        segments, _ = self._pipeline.transcribe(
            samples,
            language=language,
            beam_size=self._configuration.beam_size,
            batch_size=self._configuration.batch_size,
            clip_timestamps=[{"start": start, "end": end} for start, end in bounds],
            temperature=0.0,
            word_timestamps=True,
            without_timestamps=False,  # without time tokens the model stops early more often
        )
        for segment in segments:
            # `seek` is the start of the segment's clip in hundredths of a second, rounded down.
            yield (
                min(range(len(bounds)), key=lambda n: abs(bounds[n][0] - segment.seek / 100)),
                segment,
            )


def _unheard(clip: Clip, row: dict[str, Any], window: Window) -> Clip | None:
    """The speech of a clip behind its last word; None where no whole second is left.

    None also where the model heard no word in the clip: it would not hear one again.
    """
    ends = [word["end"] for segment in row["segments"] for word in segment["words"]]
    if not ends:
        return None
    start = round(max(ends) * SAMPLE_RATE) - window.start
    if start < clip.start + SAMPLE_RATE or clip.speech_end - start < SAMPLE_RATE:
        return None
    return Clip(start, clip.end, start, clip.speech_end)


def _clip_row(clip: Clip, language: ClipLanguage, window: Window) -> dict[str, Any]:
    return {
        "start": _film_seconds(window, clip.start),
        "end": _film_seconds(window, clip.end),
        "speech_start": _film_seconds(window, clip.speech_start),
        "speech_end": _film_seconds(window, clip.speech_end),
        "language": language.code,
        "language_probability": round(float(language.probability), 4),
        "language_source": language.source.value,
        "segments": [],
    }


def _segment_row(segment: Any, window: Window) -> dict[str, Any]:
    offset = window.start / SAMPLE_RATE
    return {
        "start": round(float(segment.start) + offset, 3),
        "end": round(float(segment.end) + offset, 3),
        "text": segment.text,
        "avg_logprob": float(segment.avg_logprob),
        "no_speech_prob": float(segment.no_speech_prob),
        "compression_ratio": float(segment.compression_ratio),
        "temperature": float(segment.temperature or 0.0),
        "words": [
            {
                "start": round(float(word.start) + offset, 3),
                "end": round(float(word.end) + offset, 3),
                "word": word.word,
                "probability": float(word.probability),
            }
            for word in segment.words or ()
        ],
    }


def _film_seconds(window: Window, sample: int) -> float:
    return round((window.start + sample) / SAMPLE_RATE, 3)
