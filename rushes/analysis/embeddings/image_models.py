"""Image models: squares of pixels to vectors, and for CLIP texts to vectors of the same space."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rushes.analysis.embeddings.built_graphs import built_graph
from rushes.analysis.embeddings.efficientnet import build_efficientnet_lite0
from rushes.analysis.embeddings.frame_configuration import ImageModelSettings, TextTower
from rushes.analysis.embeddings.model_files import model_file
from rushes.analysis.embeddings.onnx_session import OnnxModel
from rushes.analysis.embeddings.text_models import padded, too_long
from rushes.analysis.embeddings.tokens import open_tokenizer
from rushes.analysis.embeddings.vector_cache import Floats
from rushes.media.pictures import Pixels
from rushes.models.choice import ChosenWeights

_EFFICIENTNET_OUTPUT = "features"


class ImageModel:
    """One graph that gives a vector a picture. `threads` 0 means all cores."""

    def __init__(self, graph: Path, settings: ImageModelSettings, *, threads: int = 0) -> None:
        self.preprocessing = settings.preprocessing
        self._model = OnnxModel(graph, threads=threads)
        self._output = settings.output or self._model.outputs[0]

    def embed(self, squares: Sequence[Pixels]) -> Floats:
        """Prepared squares (crop, crop, 3) RGB -> float32 (n, dimension), not normalised."""
        return self._model.rows(self.preprocessing.batch(squares), self._output)


class ClipTextModel:
    """The half of a CLIP model that reads texts."""

    def __init__(self, graph: Path, tokenizer: Path, tower: TextTower, *, threads: int = 0) -> None:
        self._tower = tower
        self._tokenizer = open_tokenizer(tokenizer)
        self._padding = self._tokenizer.token_to_id(tower.padding) or 0
        self._model = OnnxModel(graph, threads=threads)
        self._output = tower.output or self._model.outputs[0]

    def embed(self, texts: Sequence[str]) -> Floats:
        """Texts -> float32 (n, dimension), not normalised. InvalidRequestError `query_too_long`."""
        ids, mask = padded([self._tokens(text) for text in texts], self._padding)
        known = {"input_ids": ids, "attention_mask": mask}
        values = {name: known[name] for name in self._model.inputs if name in known}
        (vectors,) = self._model.run(values, [self._output])
        return np.asarray(vectors, np.float32).reshape(len(texts), -1)

    def _tokens(self, text: str) -> list[int]:
        tokens: list[int] = self._tokenizer.encode(text).ids
        if len(tokens) > self._tower.context:
            raise too_long(len(tokens), self._tower.context)
        return tokens


def open_image_model(
    settings: ImageModelSettings, chosen: ChosenWeights, models_root: Path, *, threads: int = 0
) -> ImageModel:
    """The model a backend opens. AnalysisError `model_corrupt` or `model_unavailable`."""
    if settings.backend != "efficientnet-lite0":
        return ImageModel(model_file(chosen, settings.file or ".onnx"), settings, threads=threads)
    weights = model_file(chosen, settings.file or ".pth")
    graph = built_graph(weights, models_root, settings.backend, build_efficientnet_lite0)
    chosen_output = settings.model_copy(update={"output": settings.output or _EFFICIENTNET_OUTPUT})
    return ImageModel(graph, chosen_output, threads=threads)


def open_text_tower(
    settings: ImageModelSettings, chosen: ChosenWeights, *, threads: int = 0
) -> ClipTextModel | None:
    """The text tower; None where the model has none."""
    if settings.backend != "clip" or settings.text is None:
        return None
    tower = settings.text
    graph, tokenizer = model_file(chosen, tower.file), model_file(chosen, tower.tokenizer)
    return ClipTextModel(graph, tokenizer, tower, threads=threads)
