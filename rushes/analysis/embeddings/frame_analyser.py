"""The frame embeddings: one vector a sampled frame."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Any, Final

from rushes.analysis.embeddings.frame_configuration import (
    FrameEmbeddingsConfiguration,
    frame_configuration,
)
from rushes.analysis.embeddings.image_models import (
    ClipTextModel,
    ImageModel,
    open_image_model,
    open_text_tower,
)
from rushes.analysis.embeddings.raw_vectors import described, embedding_of, in_batches
from rushes.analysis.embeddings.vector_cache import FilmVectors, VectorCache, unit_vectors
from rushes.analysis.protocol import AnalyserIdentity, FilmMedia, Finding, Watch
from rushes.artifacts.schemas import FrameEmbeddingV1
from rushes.artifacts.vocabulary import ArtifactType
from rushes.errors import InvalidRequestError
from rushes.media.pictures import Picture, Pixels, pictures
from rushes.models.catalogue import Catalogue
from rushes.models.choice import ChosenWeights, resolve
from rushes.settings import Settings
from rushes.vectors.space import EmbeddingSpace

log = logging.getLogger(__name__)

BATCH: Final = 8


class FrameEmbeddingsAnalyser:
    """Sampled frames to unit vectors of one space, which queries can be embedded into as well.

    `cpu_threads` 0 means all cores; built graphs lie under `models_root`; `cache` None keeps
    nothing between films.
    """

    def __init__(
        self,
        configuration: FrameEmbeddingsConfiguration,
        weights: ChosenWeights,
        models_root: Path,
        *,
        cache: VectorCache | None = None,
        cpu_threads: int = 0,
    ) -> None:
        self.configuration: FrameEmbeddingsConfiguration = configuration
        self.weights_note = weights.note
        self._weights = weights
        self._models_root = models_root
        self._cache = cache
        self._cpu_threads = cpu_threads
        self._model: ImageModel | None = None
        self._tower: ClipTextModel | None = None
        self._lock = Lock()

    @property
    def identity(self) -> AnalyserIdentity:
        """onnxruntime, which runs every model here."""
        return AnalyserIdentity("onnxruntime", version("onnxruntime"), self.configuration.model)

    @property
    def space(self) -> EmbeddingSpace:
        """What the vectors may be compared with."""
        return self.configuration.space

    def prepare(self) -> None:
        """Load the model, once. AnalysisError `model_unavailable` names the way out."""
        self._ready()

    def analyse(self, film: FilmMedia, watch: Watch) -> dict[str, Any]:
        """A vector for every distinct picture, and which one each sampled frame has."""
        model, frames = self._ready(), []
        kept = FilmVectors(self.space, model.embed, self._cache, watch.measures)
        with film.cached() as media:
            total = media.duration_ms / 1000
            squares = pictures(media.frames(), model.preprocessing.square)
            for batch in in_batches(squares, BATCH):
                watch.check()
                watch.measures.count("frames", len(batch))
                watch.measures.count("windows", len(batch))
                places = kept.add([(each.pixels.tobytes(), each.pixels) for each in batch])
                frames += [_row(each, place) for each, place in zip(batch, places, strict=True)]
                watch.progress(batch[-1].frame.end_ms / 1000, total)
        return {**described(self.space), "frames": frames, "vectors": kept.vectors}

    def findings(self, raw: dict[str, Any]) -> Sequence[Finding]:
        """One `frame.embedding` a frame that has a vector, in film order."""
        found = []
        for row in raw["frames"]:
            embedding = embedding_of(raw, row["vector"], self.space.kind)
            if embedding is None:
                continue
            payload = FrameEmbeddingV1(
                frame_number=row["frame_number"],
                model=embedding.model,
                dimension=embedding.dimension,
            )
            found.append(
                Finding(
                    ArtifactType.FRAME_EMBEDDING,
                    row["start_ms"],
                    row["end_ms"],
                    payload.model_dump(mode="json"),
                    embedding=embedding,
                )
            )
        return found

    def embed_images(self, images: Sequence[Pixels]) -> list[bytes | None]:
        """Query pictures (height, width, 3) BGR as unit vectors; None where one is zero."""
        model = self._ready()
        squares = [model.preprocessing.square(pixels) for pixels in images]
        return unit_vectors(model.embed(squares), self.space, len(squares)) if squares else []

    def embed_texts(self, texts: Sequence[str]) -> list[bytes | None]:
        """Query texts as unit vectors of the same space.

        InvalidRequestError `no_text_tower` where the model knows pictures only.
        """
        with self._lock:
            if self._tower is None:
                settings, threads = self.configuration.settings, self._cpu_threads
                self._tower = open_text_tower(settings, self._weights, threads=threads)
        if self._tower is None:
            raise InvalidRequestError(
                f"the model {self.configuration.model} compares pictures only, no texts",
                code="no_text_tower",
                remedy="name a CLIP model in the profile and analyse the films again",
            )
        return unit_vectors(self._tower.embed(texts), self.space, len(texts)) if texts else []

    def _ready(self) -> ImageModel:
        with self._lock:
            if self._model is None:
                settings, threads = self.configuration.settings, self._cpu_threads
                self._model = open_image_model(
                    settings, self._weights, self._models_root, threads=threads
                )
            return self._model


def _row(picture: Picture, place: int) -> dict[str, int]:
    return {
        "frame_number": picture.frame.frame_number,
        "start_ms": picture.frame.time_ms,
        "end_ms": picture.frame.end_ms,
        "vector": place,
    }


def make_frame_embeddings_analyser(
    settings: Settings,
    catalogue: Catalogue,
    options: Mapping[str, Any],
    cache: VectorCache | None = None,
) -> FrameEmbeddingsAnalyser:
    """The analyser that a row of the profile table means, with the weights that are here.

    AnalysisError `model_unavailable` where none are, ConfigurationError where the row is wrong.
    """
    weights = resolve(catalogue, options["models"])
    if weights.note is not None:
        log.info("frame_embeddings: %s", weights.note)
    return FrameEmbeddingsAnalyser(
        frame_configuration(options, weights),
        weights,
        settings.models_root,
        cache=cache,
        cpu_threads=settings.cpu_threads,
    )
