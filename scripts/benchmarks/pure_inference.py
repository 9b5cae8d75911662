"""What the models of a film's stages take by themselves: their own calls, inputs in memory.

Stages that look at pictures time their model calls themselves; here each runs alone, and waits
before each call until the pictures that are read ahead lie in memory. The gate of the ocr stage
has a model of its own, which is timed here. Speech is transcribed as faster-whisper documents it,
from samples in memory, with the settings of the stage.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from rushes.analysis.ocr.analyser import OcrAnalyser
from rushes.analysis.ocr.lines import Box
from rushes.analysis.ocr.readers import load_gate_detector, load_reader
from rushes.analysis.protocol import Measures, Watch
from rushes.analysis.speech_windows import SAMPLE_RATE, Samples, SpeechAudio, Window
from rushes.analysis.transcript import FasterWhisperAnalyser
from rushes.db.analysis_tables import embedding_cache
from rushes.library.records import Video
from rushes.media.pictures import Pixels
from rushes.models.choice import resolve
from rushes.pipeline.context import PipelineContext, StageTask
from rushes.pipeline.media import film_media, open_media

READ_AHEAD_SECONDS = 0.06
"""In this time a few pictures are read, so that no thread reads while a model is timed."""


@dataclass(frozen=True)
class PureInference:
    """One stage: seconds in its models, frames given to it, seconds of them in the ocr gate's."""

    inference: float
    frames: int = 0
    gate_model: float = 0.0

    def to_dict(self) -> dict[str, float]:
        """For JSON."""
        return asdict(self)


class QuietWatch(Watch):
    """Lets what reads ahead end before a model is called."""

    def check(self) -> None:
        """Wait a moment; there is no time limit."""
        time.sleep(READ_AHEAD_SECONDS)


def measure(context: PipelineContext, film: Video, task: StageTask) -> PureInference | None:
    """The stage's model calls on this film, whose media stand in the cache; None: no model."""
    if task.analyser is None:
        return None
    task.analyser.prepare()
    if isinstance(task.analyser, FasterWhisperAnalyser):
        return PureInference(_speech_seconds(context, film, task.analyser))
    _forget_vectors(context)
    watch, gate = QuietWatch(), Measures()
    analyser = _with_timed_gate(context, task, gate) or task.analyser
    analyser.prepare()
    analyser.analyse(film_media(context, film, task, watch), watch)
    inference, looking = watch.measures.seconds.get("inference"), gate.seconds["model"]
    if inference is None:
        return None
    return PureInference(inference + looking, watch.measures.counts["frames"], looking)


def _with_timed_gate(
    context: PipelineContext, task: StageTask, measures: Measures
) -> OcrAnalyser | None:
    """The ocr analyser with its gate's model timed; None for other stages, and without a gate."""
    if not isinstance(task.analyser, OcrAnalyser) or not task.analyser.configuration.gate:
        return None
    chosen = task.analyser.configuration
    options = context.profiles.stage(task.profile, task.stage.name)
    reading = resolve(context.catalogue, options["models"])
    gating = resolve(context.catalogue, options["gate_models"])
    threads = context.settings.cpu_threads or os.cpu_count() or 1

    def load_gate() -> Callable[[Pixels], Sequence[Box]]:
        detector = load_gate_detector(chosen, gating, threads)

        def regions(pixels: Pixels) -> Sequence[Box]:
            with measures.timed("model"):
                return detector.regions(pixels)

        return regions

    return OcrAnalyser(chosen, lambda: load_reader(chosen, reading, threads), load_gate)


def _speech_seconds(
    context: PipelineContext, film: Video, analyser: FasterWhisperAnalyser
) -> float:
    """Seconds of the library's own pipeline over the whole sound; 0 where there is none."""
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    chosen = analyser.configuration
    with open_media(context, film, Watch()) as media:
        if media.audio_path is None:
            return 0.0
        audio = SpeechAudio(media.audio_path)
        samples = audio.read(Window(0, audio.samples))
    model = WhisperModel(
        str(resolve(context.catalogue, [chosen.model]).path),
        device="cpu",
        compute_type=chosen.compute_type,
        cpu_threads=context.settings.cpu_threads or os.cpu_count() or 1,
        local_files_only=True,
    )
    return _transcribed(BatchedInferencePipeline(model), samples, analyser)


def _transcribed(pipeline: object, samples: Samples, analyser: FasterWhisperAnalyser) -> float:
    chosen = analyser.configuration
    begin = time.monotonic()
    segments, _ = pipeline.transcribe(  # type: ignore[attr-defined]
        samples,
        language=chosen.language,
        beam_size=chosen.beam_size,
        batch_size=chosen.batch_size,
        temperature=0.0,
        word_timestamps=True,
        without_timestamps=False,
        vad_filter=True,
        vad_parameters={
            "threshold": chosen.speech_threshold,
            "min_silence_duration_ms": chosen.speech_silence_ms,
            "speech_pad_ms": chosen.speech_pad_ms,
            "max_speech_duration_s": chosen.clip_seconds,
        },
    )
    words = sum(len(segment.words or ()) for segment in segments)
    seconds = time.monotonic() - begin
    if not words and len(samples) > 10 * SAMPLE_RATE:
        raise SystemExit("the sample speaks, but nothing was heard: nothing was measured")
    return seconds


def _forget_vectors(context: PipelineContext) -> None:
    """The database is this measurement's own; a vector that it holds would spare a model call."""
    with context.engine.begin() as connection:
        connection.execute(embedding_cache.delete())
