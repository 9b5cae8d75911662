"""Vectors in Postgres's cache spare the model, for every process of a library."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sqlalchemy import Engine

from rushes.analysis.embeddings.frame_analyser import make_frame_embeddings_analyser
from rushes.analysis.embeddings.text_analyser import make_text_embeddings_analyser
from rushes.analysis.protocol import Analyser, Watch
from rushes.artifacts.vocabulary import ArtifactType
from rushes.vectors.cache import EmbeddingCache
from tests.unit.analysis.embeddings.small_models import (
    GREEN,
    PLAIN,
    RED,
    artifact,
    colour_model,
    film_of,
    own_models,
    plain,
    word_model,
    word_tokenizer,
)


def analysers(folder: Path, engine: Engine) -> list[Analyser]:
    """Frame and text embeddings by tiny models, as another process would make them."""
    cache = EmbeddingCache(engine, 1_000_000)
    settings, catalogue = own_models(folder)
    word_tokenizer(folder / "tokenizer.json")
    frames = {
        "models": [str(colour_model(folder / "colours.onnx"))],
        "model_settings": {"colours": {"backend": "onnx", "dimension": 3, "preprocessing": PLAIN}},
    }
    texts = {
        "models": [str(word_model(folder / "words.onnx"))],
        "model_settings": {"words": {"backend": "onnx", "dimension": 3, "limit": 16}},
    }
    return [
        make_frame_embeddings_analyser(settings, catalogue, frames, cache),
        make_text_embeddings_analyser(settings, catalogue, texts, cache),
    ]


def test_an_unchanged_input_costs_no_model_call(engine: Engine, tmp_path: Path) -> None:
    said = {"text": "red", "language": "en", "confidence": 0.9, "no_speech_probability": 0.0}
    segment = artifact(ArtifactType.TRANSCRIPT_SEGMENT, 0, 1000, said)
    film = film_of(tmp_path, [plain(RED), plain(GREEN), plain(RED)], [segment])
    for first, again in zip(analysers(tmp_path, engine), analysers(tmp_path, engine), strict=True):
        once, twice = Watch(), Watch()
        raw = first.analyse(film, once)
        assert again.analyse(film, twice) == raw
        assert once.measures.counts["model_calls"] == twice.measures.counts["cache_hits"] > 0
        assert twice.measures.counts["model_calls"] == 0
        for finding in again.findings(raw):
            assert finding.embedding is not None
            vector = np.frombuffer(finding.embedding.vector, "<f4")
            np.testing.assert_allclose(np.linalg.norm(vector), 1, atol=1e-6)
