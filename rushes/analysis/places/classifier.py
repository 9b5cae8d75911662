"""Image classifiers: squares of pixels to a probability for each label."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rushes.analysis.embeddings.built_graphs import built_graph
from rushes.analysis.embeddings.model_files import model_file
from rushes.analysis.embeddings.onnx_session import OnnxModel
from rushes.analysis.embeddings.vector_cache import Floats
from rushes.analysis.places.configuration import ClassifierSettings
from rushes.analysis.places.resnet18 import build_resnet18
from rushes.errors import AnalysisError
from rushes.media.pictures import Pixels
from rushes.models.choice import ChosenWeights


class Classifier:
    """One graph and its labels. `threads` 0 means all cores."""

    def __init__(
        self,
        graph: Path,
        labels: Sequence[str],
        settings: ClassifierSettings,
        *,
        threads: int = 0,
    ) -> None:
        self.preprocessing = settings.preprocessing
        self._settings = settings
        self._labels = labels
        self._model = OnnxModel(graph, threads=threads)
        self._output = settings.output or self._model.outputs[0]

    def probabilities(self, squares: Sequence[Pixels]) -> Floats:
        """Prepared squares (crop, crop, 3) RGB -> float32 (n, labels), 0..1.

        AnalysisError `stage_error` where the model does not fit its labels or settings.
        """
        scores = self._model.rows(self.preprocessing.batch(squares), self._output)
        if scores.shape[1] != len(self._labels):
            raise AnalysisError(
                f"the model tells {scores.shape[1]} classes apart, its list has "
                f"{len(self._labels)} labels",
                remedy="name the right list as `labels` in the profile",
            )
        made = softmax(scores) if self._settings.softmax else scores
        if not ((made >= 0) & (made <= 1)).all():
            raise AnalysisError(
                "the model's answers are no probabilities",
                remedy="set softmax = true in the profile, or name another model",
            )
        return made


def softmax(scores: Floats) -> Floats:
    """Rows of logits as probabilities."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def open_classifier(
    settings: ClassifierSettings,
    chosen: ChosenWeights,
    labels: Sequence[str],
    models_root: Path,
    *,
    threads: int = 0,
) -> Classifier:
    """The classifier a backend opens. AnalysisError `model_corrupt` or `model_unavailable`."""
    if settings.backend == "onnx":
        graph = model_file(chosen, settings.file or ".onnx")
    else:
        weights = weights_file(settings, chosen)
        graph = built_graph(weights, models_root, settings.backend, build_resnet18)
    return Classifier(graph, labels, settings, threads=threads)


def weights_file(settings: ClassifierSettings, chosen: ChosenWeights) -> Path:
    """The PyTorch weights: the file named, else the model's first."""
    return model_file(chosen, settings.file or chosen.entry.files[0].name)


def labels_file(settings: ClassifierSettings, chosen: ChosenWeights) -> Path:
    """The label list: the file named, else one beside named like the weights, else the .txt."""
    if settings.labels is not None:
        return chosen.path / settings.labels
    stem = chosen.entry.files[0].name.rpartition(".")[0]
    for suffix in (".txt", ".json"):
        beside = chosen.path / f"{stem}{suffix}"
        if beside.is_file():
            return beside
    return chosen.file(".txt")
