"""The places: what kind of place each sampled frame shows."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Any, Final

import numpy as np

from rushes.analysis.embeddings.model_settings import settings_of_model
from rushes.analysis.embeddings.raw_vectors import in_batches
from rushes.analysis.embeddings.vector_cache import Floats
from rushes.analysis.places.classifier import Classifier, labels_file, open_classifier
from rushes.analysis.places.configuration import (
    STAGE,
    PlacesConfiguration,
    classifier_settings,
    places_configuration,
)
from rushes.analysis.places.labels import read_labels
from rushes.analysis.protocol import AnalyserIdentity, FilmMedia, Finding, Watch
from rushes.artifacts.schemas import AlternativeLabel, PlaceClassificationV1
from rushes.artifacts.vocabulary import ArtifactType
from rushes.media.pictures import Picture, pictures
from rushes.models.catalogue import Catalogue
from rushes.models.choice import ChosenWeights, resolve
from rushes.settings import Settings

log = logging.getLogger(__name__)

_BATCH: Final = 8
_DECIMALS: Final = 6


class PlacesAnalyser:
    """Sampled frames to labels of a classifier.

    `labels` are its classes in order; `cpu_threads` 0 means all cores; built graphs lie under
    `models_root`.
    """

    def __init__(
        self,
        configuration: PlacesConfiguration,
        weights: ChosenWeights,
        labels: Sequence[str],
        models_root: Path,
        *,
        cpu_threads: int = 0,
    ) -> None:
        self.configuration: PlacesConfiguration = configuration
        self.weights_note = weights.note
        self._weights = weights
        self._labels = labels
        self._models_root = models_root
        self._cpu_threads = cpu_threads
        self._classifier: Classifier | None = None
        self._lock = Lock()

    @property
    def identity(self) -> AnalyserIdentity:
        """onnxruntime, which runs every classifier here."""
        return AnalyserIdentity("onnxruntime", version("onnxruntime"), self.configuration.model)

    def prepare(self) -> None:
        """Load the model, once. AnalysisError `model_unavailable` names the way out."""
        self._ready()

    def analyse(self, film: FilmMedia, watch: Watch) -> dict[str, Any]:
        """The best labels of every sampled frame with their probabilities, sure or not."""
        classifier, frames = self._ready(), []
        with film.cached() as media:
            squares = pictures(media.frames(), classifier.preprocessing.square)
            for batch in in_batches(squares, _BATCH):
                watch.check()
                watch.measures.count("frames", len(batch))
                with watch.measures.timed("inference"):
                    answers = classifier.probabilities([each.pixels for each in batch])
                frames += [self._row(*each) for each in zip(batch, answers, strict=True)]
                watch.progress(batch[-1].frame.end_ms / 1000, media.duration_ms / 1000)
        return {"model": self.configuration.model, "frames": frames}

    def findings(self, raw: dict[str, Any]) -> Sequence[Finding]:
        """One `place.classification` a frame whose best label is sure enough."""
        chosen = self.configuration
        found = []
        for row in raw["frames"]:
            (label, confidence), *others = row["best"]
            if confidence < chosen.threshold:
                continue
            payload = PlaceClassificationV1(
                label=label,
                confidence=confidence,
                alternative_labels=tuple(
                    AlternativeLabel(label=name, confidence=share)
                    for name, share in others
                    if share >= chosen.alternative_threshold
                ),
                frame_number=row["frame_number"],
            )
            found.append(
                Finding(
                    ArtifactType.PLACE_CLASSIFICATION,
                    row["start_ms"],
                    row["end_ms"],
                    payload.model_dump(mode="json"),
                )
            )
        return found

    def _row(self, picture: Picture, answer: Floats) -> dict[str, Any]:
        best = np.argsort(-answer, kind="stable")[: self.configuration.top_k]
        return {
            "frame_number": picture.frame.frame_number,
            "start_ms": picture.frame.time_ms,
            "end_ms": picture.frame.end_ms,
            "best": [[self._labels[n], round(float(answer[n]), _DECIMALS)] for n in best],
        }

    def _ready(self) -> Classifier:
        with self._lock:
            if self._classifier is None:
                self._classifier = open_classifier(
                    self.configuration.settings,
                    self._weights,
                    self._labels,
                    self._models_root,
                    threads=self._cpu_threads,
                )
            return self._classifier


def make_places_analyser(
    settings: Settings, catalogue: Catalogue, options: Mapping[str, Any]
) -> PlacesAnalyser:
    """The analyser that a row of the profile table means, with the weights that are here.

    AnalysisError `model_unavailable` where none are, ConfigurationError where the row is wrong.
    """
    weights = resolve(catalogue, options["models"])
    if weights.note is not None:
        log.info("places: %s", weights.note)
    model = classifier_settings(settings_of_model(options, weights, STAGE), weights)
    labels = read_labels(labels_file(model, weights))
    return PlacesAnalyser(
        places_configuration(options, weights, model, labels),
        weights,
        labels,
        settings.models_root,
        cpu_threads=settings.cpu_threads,
    )
