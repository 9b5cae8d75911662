"""The text embeddings: what is said and written in each scene, window by window, as vectors."""

from __future__ import annotations

import logging
from base64 import b64decode
from collections.abc import Mapping, Sequence
from functools import partial
from importlib.metadata import version
from threading import Lock
from typing import Any, Final

from rushes.analysis.embeddings.passages import (
    by_scene,
    scene_spans,
    spoken_in,
    spoken_passages,
    written_in,
    written_passages,
)
from rushes.analysis.embeddings.raw_vectors import described, embedding_of, in_batches
from rushes.analysis.embeddings.remote.options import RemoteOptions
from rushes.analysis.embeddings.text_configuration import (
    TextEmbeddingsConfiguration,
    remote_options,
    text_configuration,
)
from rushes.analysis.embeddings.text_models import TextModel, open_text_model
from rushes.analysis.embeddings.text_windows import TextWindow, WindowCutter
from rushes.analysis.embeddings.vector_cache import FilmVectors, VectorCache, unit_vectors
from rushes.analysis.protocol import AnalyserIdentity, FilmMedia, Finding, Measures, Watch
from rushes.artifacts.schemas import TextEmbeddingV1
from rushes.artifacts.vocabulary import ArtifactType
from rushes.models.catalogue import Catalogue
from rushes.models.choice import ChosenWeights, resolve
from rushes.settings import Settings
from rushes.vectors.space import EmbeddingSpace

log = logging.getLogger(__name__)

_BATCH: Final = 64


class TextEmbeddingsAnalyser:
    """Windows of transcript and text on screen to unit vectors; queries into the same space.

    `cpu_threads` 0 means all cores; `cache` None keeps nothing between films; `remote` says how a
    model is called that is not on this machine.
    """

    def __init__(
        self,
        configuration: TextEmbeddingsConfiguration,
        weights: ChosenWeights,
        *,
        cache: VectorCache | None = None,
        cpu_threads: int = 0,
        remote: RemoteOptions | None = None,
    ) -> None:
        self.configuration: TextEmbeddingsConfiguration = configuration
        self.weights_note = weights.note
        self._weights = weights
        self._cache = cache
        self._cpu_threads = cpu_threads
        self._remote = remote
        self._model: TextModel | None = None
        self._lock = Lock()

    @property
    def identity(self) -> AnalyserIdentity:
        """The library that reads the model: tokens decide what a window is."""
        if self._is_remote:
            return AnalyserIdentity("boto3", version("boto3"), self.configuration.model)
        producer_version = f"{version('onnxruntime')}+tokenizers.{version('tokenizers')}"
        return AnalyserIdentity("onnxruntime", producer_version, self.configuration.model)

    @property
    def space(self) -> EmbeddingSpace:
        """What the vectors may be compared with."""
        return self.configuration.space

    def prepare(self) -> None:
        """Load the model, once. AnalysisError `model_unavailable` names the way out."""
        self._ready()

    def analyse(self, film: FilmMedia, watch: Watch) -> dict[str, Any]:
        """Every window with its vector; none where nothing is said or written."""
        model = self._ready()
        windows = self._windows(film, model, watch)
        embed = partial(model.embed, check=watch.check)
        kept = FilmVectors(self.space, embed, self._cache, watch.measures)
        rows, total = [], max((each.end_ms for each in windows), default=0) / 1000
        for batch in in_batches(windows, _BATCH):
            watch.check()
            watch.measures.count("windows", len(batch))
            places = kept.add([(each.text.encode(), each.text) for each in batch])
            rows += [_row(each, place) for each, place in zip(batch, places, strict=True)]
            watch.progress(batch[-1].end_ms / 1000, total)
        return {**described(self.space), "windows": rows, "vectors": kept.vectors}

    def findings(self, raw: dict[str, Any]) -> Sequence[Finding]:
        """One `text.embedding` a window that has a vector."""
        found = []
        for row in raw["windows"]:
            embedding = embedding_of(raw, row["vector"], self.space.kind)
            if embedding is None:
                continue
            payload = TextEmbeddingV1(
                source=row["source"],
                text=row["text"],
                scene_index=row["scene_index"],
                model=embedding.model,
                dimension=embedding.dimension,
            )
            found.append(
                Finding(
                    ArtifactType.TEXT_EMBEDDING,
                    row["start_ms"],
                    row["end_ms"],
                    payload.model_dump(mode="json"),
                    embedding=embedding,
                )
            )
        return found

    def embed_texts(self, texts: Sequence[str]) -> list[bytes | None]:
        """Queries as unit vectors of the same space; None for one that has no tokens.

        InvalidRequestError `query_too_long`: nothing is cut silently.
        """
        prefix = self.configuration.settings.query_prefix
        asked = [f"{prefix}{text}" for text in texts]
        if self._is_remote:
            return self._kept_or_embedded(asked)
        return unit_vectors(self._ready().embed(asked), self.space, len(asked)) if asked else []

    def _kept_or_embedded(self, asked: Sequence[str]) -> list[bytes | None]:
        """A question that was asked before costs no call of a service."""
        kept = FilmVectors(self.space, self._ready().embed, self._cache, Measures())
        places = kept.add([(text.encode(errors="surrogatepass"), text) for text in asked])
        found = [kept.vectors[place] for place in places]
        return [None if vector is None else b64decode(vector) for vector in found]

    def _windows(self, film: FilmMedia, model: TextModel, watch: Watch) -> list[TextWindow]:
        """All windows in film order, the spoken ones of a scene before the written ones.

        The texts are what the model reads, its prefix included.
        """
        chosen = self.configuration
        spoken = spoken_passages(film.earlier(ArtifactType.TRANSCRIPT_SEGMENT))
        written = written_passages(film.earlier(ArtifactType.OCR_TEXT))
        until = max((passage.end_ms for passage in (*spoken, *written)), default=0)
        limit = min(chosen.window_tokens, chosen.settings.limit)
        cutter = WindowCutter(model.count, limit, prefix=chosen.settings.prefix)
        scenes = scene_spans(film.earlier(ArtifactType.SCENE), until)
        windows: list[TextWindow] = []
        heard, seen = by_scene(scenes, spoken), by_scene(scenes, written)
        for (scene, passages), (_, lines) in zip(heard, seen, strict=True):
            watch.check()
            said = spoken_in(scene, passages, chosen.least_overlap_ms)
            windows += cutter.windows("transcript", scene, said)
            windows += cutter.windows("ocr", scene, written_in(scene, lines))
        return windows

    def _ready(self) -> TextModel:
        with self._lock:
            if self._model is None:
                settings, threads = self.configuration.settings, self._cpu_threads
                self._model = open_text_model(
                    settings, self._weights, threads=threads, remote=self._remote
                )
            return self._model

    @property
    def _is_remote(self) -> bool:
        return self.configuration.settings.backend == "bedrock"


def _row(window: TextWindow, place: int) -> dict[str, Any]:
    return {
        "source": window.source,
        "text": window.text,
        "start_ms": window.start_ms,
        "end_ms": window.end_ms,
        "scene_index": window.scene_index,
        "vector": place,
    }


def make_text_embeddings_analyser(
    settings: Settings,
    catalogue: Catalogue,
    options: Mapping[str, Any],
    cache: VectorCache | None = None,
) -> TextEmbeddingsAnalyser:
    """The analyser that a row of the profile table means, with the weights that are here.

    AnalysisError `model_unavailable` where none are, ConfigurationError where the row is wrong.
    """
    weights = resolve(catalogue, options["models"])
    if weights.note is not None:
        log.info("text_embeddings: %s", weights.note)
    return TextEmbeddingsAnalyser(
        text_configuration(options, weights),
        weights,
        cache=cache,
        cpu_threads=settings.cpu_threads,
        remote=remote_options(options, weights),
    )
