"""The transcript stage: faster-whisper behind the Analyser protocol."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Any

from rushes.analysis.protocol import AnalyserIdentity, FilmMedia, Finding, Watch
from rushes.analysis.sentences import split_into_sentences
from rushes.analysis.speech_windows import SpeechAudio, plan_windows
from rushes.analysis.spoken_words import SpokenWord, probability, spoken_words
from rushes.analysis.transcript_configuration import (
    AUTOMATIC,
    TranscriptConfiguration,
    configuration_of,
)
from rushes.analysis.whisper_windows import WindowTranscriber
from rushes.analysis.window_store import WindowStore
from rushes.artifacts.hashing import config_hash
from rushes.artifacts.schemas import TranscriptSegmentV1, Word
from rushes.artifacts.vocabulary import ArtifactType
from rushes.errors import AnalysisError
from rushes.media.cache import CachedMedia
from rushes.models.catalogue import Catalogue
from rushes.models.choice import resolve
from rushes.models.hub import prepare_environment
from rushes.settings import Settings

log = logging.getLogger(__name__)

_NEEDED_FILES = ("config.json", "model.bin", "tokenizer.json")


class FasterWhisperAnalyser:
    """Speech to text with word times.

    `model_path` is a folder of CTranslate2 weights, `cpu_threads` 0 means all cores, finished
    windows are kept under `scratch` until their film is done, and `weights_note` tells what the
    weights stand in for.
    """

    def __init__(
        self,
        configuration: TranscriptConfiguration,
        model_path: Path,
        *,
        cpu_threads: int = 0,
        scratch: Path | None = None,
        weights_note: str | None = None,
    ) -> None:
        self.configuration: TranscriptConfiguration = configuration
        self.weights_note = weights_note
        self._model_path = model_path
        self._cpu_threads = cpu_threads or os.cpu_count() or 1
        self._scratch = scratch
        self._transcriber: WindowTranscriber | None = None
        self._lock = Lock()

    @property
    def identity(self) -> AnalyserIdentity:
        """faster-whisper and its engine, whose versions together decide the result."""
        producer_version = f"{version('faster-whisper')}+ctranslate2.{version('ctranslate2')}"
        return AnalyserIdentity("faster-whisper", producer_version, self.configuration.model)

    def prepare(self) -> None:
        """Load the weights, once. AnalysisError `model_unavailable` names the way out."""
        with self._lock:
            if self._transcriber is None:
                self._transcriber = WindowTranscriber(self._load(), self.configuration)

    def analyse(self, film: FilmMedia, watch: Watch) -> dict[str, Any]:
        """All the model said of the film's sound, window by window; none where it has no sound.

        What was heard is bound to film time: the sound's first sample is the first video frame.
        """
        with film.cached() as media:  # an open entry is not evicted while its sound is read
            if media.audio_path is None:
                return self._raw(0.0, [])
            audio = SpeechAudio(media.audio_path)
            kept = WindowStore(self._scratch, self._resume_key(film, media))
            windows = self._windows(audio, kept, watch)
            kept.clear()
            return self._raw(audio.seconds, windows)

    def findings(self, raw: dict[str, Any]) -> Sequence[Finding]:
        """One `transcript.segment` a sentence, in order."""
        chosen = self.configuration
        longest_ms = int(chosen.segment_seconds * 1000)
        words = spoken_words(raw, chosen.rejection, longest_ms=longest_ms)
        stretches = split_into_sentences(words, longest_ms=longest_ms, pause_ms=chosen.pause_ms)
        return [finding_of(stretch) for stretch in stretches]

    def _windows(self, audio: SpeechAudio, kept: WindowStore, watch: Watch) -> list[dict[str, Any]]:
        chosen = self.configuration
        results, furthest = [], 0.0

        def heard(seconds: float) -> None:
            nonlocal furthest
            watch.check()
            furthest = max(furthest, min(seconds, audio.seconds))
            watch.progress(furthest, audio.seconds)

        for window in plan_windows(audio, chosen.window_seconds, chosen.window_search_seconds):
            watch.check()
            result = kept.load(window)
            if result is None:
                result = self._ready().transcribe(audio.read(window), window, heard)
                kept.save(window, result)
            results.append(result)
            heard(result["end"])
        return results

    def _raw(self, audio_seconds: float, windows: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "backend": self.configuration.backend,
            "faster_whisper": version("faster-whisper"),
            "ctranslate2": version("ctranslate2"),
            "model": self.configuration.model,
            "audio_seconds": round(audio_seconds, 3),
            "windows": windows,
        }

    def _resume_key(self, film: FilmMedia, media: CachedMedia) -> list[str]:
        """What a kept window depends on, the kept sound (which track of the film) included."""
        return [
            film.content_hash,
            config_hash(media.manifest.config),
            media.manifest.audio.model_dump_json() if media.manifest.audio else "",
            config_hash(self.configuration),
            self.identity.producer_version,
        ]

    def _ready(self) -> WindowTranscriber:
        self.prepare()
        assert self._transcriber is not None
        return self._transcriber

    def _load(self) -> Any:
        name = self.configuration.model
        if not all((self._model_path / file).is_file() for file in _NEEDED_FILES):
            raise AnalysisError(
                f"the weights {name} are not whole in {self._model_path}",
                code="model_unavailable",
                remedy=f"rushes models fetch {name}",
            )
        prepare_environment()
        try:
            from faster_whisper import BatchedInferencePipeline, WhisperModel

            model = WhisperModel(
                str(self._model_path),
                device="cpu",
                compute_type=self.configuration.compute_type,
                cpu_threads=self._cpu_threads,
                local_files_only=True,
            )
            return BatchedInferencePipeline(model)
        except (ImportError, RuntimeError, ValueError, OSError) as error:
            raise AnalysisError(
                f"{name} cannot be loaded: {error}",
                code="model_unavailable",
                remedy=f"rushes models verify {name}",
            ) from error


def finding_of(words: Sequence[SpokenWord]) -> Finding:
    """The artifact of one stretch of speech, spanning from its first to its last word."""
    log_probability = sum(word.log_probability for word in words) / len(words)
    payload = TranscriptSegmentV1(
        text=" ".join("".join(word.text for word in words).split()),
        language=words[0].language,
        confidence=probability(math.exp(min(0.0, log_probability))),
        words=tuple(
            Word(
                text=word.text.strip(),
                start_ms=word.start_ms,
                end_ms=word.end_ms,
                confidence=word.confidence,
            )
            for word in words
            if word.is_word
        ),
        no_speech_probability=probability(sum(word.no_speech for word in words) / len(words)),
    )
    return Finding(
        ArtifactType.TRANSCRIPT_SEGMENT,
        words[0].start_ms,
        max(word.end_ms for word in words),
        payload.model_dump(mode="json"),
    )


def make_transcript_analyser(
    settings: Settings, catalogue: Catalogue, options: Mapping[str, Any]
) -> FasterWhisperAnalyser:
    """The analyser that a row of the profile table means, with the weights that are here.

    AnalysisError `model_unavailable` where none are, ConfigurationError where the row is wrong.
    """
    language = options.get("language", AUTOMATIC)
    weights = resolve(
        catalogue, options["models"], language=None if language == AUTOMATIC else language
    )
    if weights.note is not None:
        log.info("transcript: %s", weights.note)
    return FasterWhisperAnalyser(
        configuration_of(options, weights.entry.name),
        weights.path,
        cpu_threads=settings.cpu_threads,
        scratch=settings.data_dir / "scratch" / "transcript",
        weights_note=weights.note,
    )
