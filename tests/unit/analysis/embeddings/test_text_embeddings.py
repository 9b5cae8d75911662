"""What is said and written, window by window, as vectors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from rushes.analysis.embeddings.text_analyser import (
    TextEmbeddingsAnalyser,
    make_text_embeddings_analyser,
)
from rushes.analysis.embeddings.vector_cache import VectorCache
from rushes.analysis.profiles import load_profiles
from rushes.analysis.protocol import Finding, Watch
from rushes.artifacts.envelope import ArtifactEnvelope
from rushes.artifacts.schemas import TextEmbeddingV1
from rushes.artifacts.vocabulary import ArtifactType, EmbeddingKind
from rushes.errors import AnalysisError, ConfigurationError, InvalidRequestError
from rushes.models.catalogue import Catalogue
from rushes.settings import Settings
from rushes.vectors.space import check_vector
from tests.unit.analysis.embeddings.small_models import (
    KeptVectors,
    artifact,
    film_of,
    own_models,
    word_model,
    word_tokenizer,
)


def analyser_of(
    folder: Path, *, cache: VectorCache | None = None, tokens: int = 16, **changed: Any
) -> TextEmbeddingsAnalyser:
    """A sentence model in `folder` that knows red, green and blue."""
    path = word_model(folder / "words.onnx")
    word_tokenizer(folder / "tokenizer.json")
    settings, catalogue = own_models(folder)
    row = {"backend": "onnx", "dimension": 3, "limit": 16, **changed}
    options = {"models": [str(path)], "model_settings": {"words": row}, "window_tokens": tokens}
    return make_text_embeddings_analyser(settings, catalogue, options, cache)


def said(start_ms: int, end_ms: int, text: str) -> ArtifactEnvelope:
    payload = {"text": text, "language": "en", "confidence": 0.9, "no_speech_probability": 0.0}
    return artifact(ArtifactType.TRANSCRIPT_SEGMENT, start_ms, end_ms, payload)


def written(start_ms: int, end_ms: int, text: str, top: float = 10) -> ArtifactEnvelope:
    corners = [{"x": x, "y": top + y} for x, y in ((0, 0), (9, 0), (9, 5))]
    numbers = {"first_frame_number": 0, "last_frame_number": 9}
    size = {"frame_width": 64, "frame_height": 36}
    payload = {"text": text, "confidence": 0.9, "polygon": corners, **numbers, **size}
    return artifact(ArtifactType.OCR_TEXT, start_ms, end_ms, payload)


def scene(index: int, start_ms: int, end_ms: int) -> ArtifactEnvelope:
    numbers = {"start_frame": index, "end_frame": index + 1, "keyframe_ms": start_ms}
    payload = {"scene_index": index, "method": "adaptive", "score": None, **numbers}
    return artifact(ArtifactType.SCENE, start_ms, end_ms, payload)


FILM = (
    *(scene(0, 0, 4000), scene(1, 4000, 9000)),
    *(said(0, 1000, "red red"), said(1500, 3500, "red and green"), said(5000, 9500, "blue")),
    *(written(500, 6000, "green", top=20), written(500, 1000, "red", top=2)),
)


def findings(analyser: TextEmbeddingsAnalyser, folder: Path, *earlier: Any) -> list[Finding]:
    return list(analyser.findings(analyser.analyse(film_of(folder, earlier=earlier), Watch())))


def told(found: list[Finding]) -> list[tuple[Any, ...]]:
    return [
        (f.payload["source"], f.payload["scene_index"], f.payload["text"], f.start_ms, f.end_ms)
        for f in found
    ]


def test_each_scene_has_windows_of_what_is_said_and_written_in_it(tmp_path: Path) -> None:
    assert told(findings(analyser_of(tmp_path), tmp_path, *FILM)) == [
        ("transcript", 0, "red red red and green", 0, 3500),
        ("ocr", 0, "red\ngreen", 500, 4000),
        ("transcript", 1, "blue", 5000, 9500),
        ("ocr", 1, "green", 4000, 6000),
    ]


def test_vectors_are_of_length_one_and_say_what_the_text_says(tmp_path: Path) -> None:
    analyser = analyser_of(tmp_path)
    found = findings(analyser, tmp_path, *FILM)
    for each in found:
        payload = TextEmbeddingV1.model_validate(each.payload)
        assert each.artifact_type is ArtifactType.TEXT_EMBEDDING
        assert (payload.model, payload.dimension) == (analyser.configuration.model, 3)
        assert each.embedding is not None
        assert each.embedding.kind is EmbeddingKind.TEXT
        check_vector(each.embedding.vector, analyser.space, of="a window")
    loudest = [np.frombuffer(f.embedding.vector, "<f4").argmax() for f in found if f.embedding]
    assert (loudest[0], loudest[2], loudest[3]) == (0, 2, 1)
    asked = analyser.embed_texts(["blue"])
    assert asked == [found[2].embedding.vector]  # type: ignore[union-attr]


def test_a_film_without_scenes_is_one(tmp_path: Path) -> None:
    found = findings(analyser_of(tmp_path), tmp_path, said(0, 900, "red"), said(950, 2000, "blue"))
    assert told(found) == [("transcript", None, "red blue", 0, 2000)]


def test_a_film_without_texts_has_no_windows(tmp_path: Path) -> None:
    assert findings(analyser_of(tmp_path), tmp_path, scene(0, 0, 1000)) == []


def test_what_is_said_after_the_last_picture_is_the_last_scenes(tmp_path: Path) -> None:
    found = findings(analyser_of(tmp_path), tmp_path, scene(0, 0, 1000), said(2000, 2500, "red"))
    assert told(found) == [("transcript", 0, "red", 2000, 2500)]


def test_a_text_too_long_for_the_model_becomes_several_windows(tmp_path: Path) -> None:
    text = " ".join(["red", "green", "blue"] * 20)
    found = findings(analyser_of(tmp_path), tmp_path, said(0, 9000, text))
    assert len(found) == 5  # 14 words and two marks fill 16 tokens
    assert " ".join(each.payload["text"] for each in found) == text


def test_a_replay_gives_the_same_findings(tmp_path: Path) -> None:
    analyser = analyser_of(tmp_path)
    raw = analyser.analyse(film_of(tmp_path, earlier=FILM), Watch())
    written_down = json.dumps(raw)
    assert analyser.findings(json.loads(written_down)) == analyser.findings(raw)
    again = analyser_of(tmp_path).analyse(film_of(tmp_path, earlier=FILM), Watch())
    assert json.dumps(again) == written_down


def test_the_same_text_reaches_cache_and_model_once(tmp_path: Path) -> None:
    cache, watch = KeptVectors(), Watch()
    scenes = [scene(n, 1000 * n, 1000 * n + 1000) for n in range(10)]
    film = film_of(tmp_path, earlier=[*scenes, written(0, 10_000, "red")])
    analyser_of(tmp_path, cache=cache).analyse(film, watch)
    assert watch.measures.counts == {"windows": 10, "cache_hits": 0, "model_calls": 1}
    assert cache.asked == 1
    again = Watch()
    analyser_of(tmp_path, cache=cache).analyse(film, again)
    assert again.measures.counts == {"windows": 10, "cache_hits": 1}


def test_a_prefix_is_read_kept_and_part_of_the_version(tmp_path: Path) -> None:
    plain = analyser_of(tmp_path)
    prefixed = analyser_of(tmp_path, prefix="green ", query_prefix="red ")
    found = findings(prefixed, tmp_path, said(0, 1000, "blue"))
    assert found[0].payload["text"] == "green blue"
    assert prefixed.embed_texts(["blue"]) == plain.embed_texts(["red blue"])
    assert prefixed.space.model_version != plain.space.model_version


@pytest.mark.parametrize(("pooling", "expected"), [("mean", [0.5, 0.5, 0]), ("first", [0, 0, 0])])
def test_token_vectors_are_pooled_as_the_profile_says(
    pooling: str, expected: list[float], tmp_path: Path
) -> None:
    analyser = analyser_of(tmp_path, pooling=pooling)
    (vector,) = analyser.embed_texts(["red green"])
    if any(expected):
        direction = np.array(expected) / np.linalg.norm(expected)
        np.testing.assert_allclose(np.frombuffer(vector or b"", "<f4"), direction, atol=1e-6)
    else:
        assert vector is None  # the first token is [CLS], whose row is zero


def test_a_shorter_text_beside_a_longer_one_keeps_its_vector(tmp_path: Path) -> None:
    analyser = analyser_of(tmp_path)
    together = analyser.embed_texts(["red and", "red green blue and blue"])
    assert together[0] == analyser.embed_texts(["red and"])[0]


def test_a_query_that_the_model_cannot_read_whole_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        analyser_of(tmp_path).embed_texts(["red " * 20])
    assert caught.value.code == "query_too_long"


def test_a_missing_tokenizer_is_told(tmp_path: Path) -> None:
    with pytest.raises(AnalysisError) as caught:
        analyser_of(tmp_path, tokenizer="nowhere.json").prepare()
    assert caught.value.code == "model_unavailable"


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="pooling"):
        analyser_of(tmp_path, pooling="median")


@pytest.fixture(scope="module")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> TextEmbeddingsAnalyser:
    """What the profile `fast` means."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"))
    catalogue = Catalogue(settings)
    if catalogue.locate("wordllama-256") is None:
        pytest.skip("the package wordllama is not installed")
    options = load_profiles(settings).stage("fast", "text_embeddings")
    return make_text_embeddings_analyser(settings, catalogue, options)


TEXTS = [
    "A dog runs over the beach.",
    "Puppies play in the sand by the sea!",
    "The committee discussed the new tax law.",
    "Ein Satz mit Umlauten: äöü, und 漢字 und \u200b😀",
    "x",
]


def test_wordllama_is_read_as_it_reads_itself(packaged: TextEmbeddingsAnalyser) -> None:
    theirs = pytest.importorskip("wordllama.inference")
    folder = Catalogue(Settings()).locate("wordllama-256")
    assert folder is not None
    table = load_file(folder / "weights" / "l2_supercat_256.safetensors")["embedding.weight"]
    tokenizer = Tokenizer.from_file(str(next((folder / "tokenizers").glob("*.json"))))
    expected = theirs.WordLlamaInference(table, tokenizer).embed(TEXTS, norm=True)
    made = [np.frombuffer(each or b"", "<f4") for each in packaged.embed_texts(TEXTS)]
    np.testing.assert_allclose(np.stack(made), expected, atol=1e-6)


def test_what_means_the_like_lies_nearer(packaged: TextEmbeddingsAnalyser) -> None:
    dog, puppies, tax, *_ = (np.frombuffer(v or b"", "<f4") for v in packaged.embed_texts(TEXTS))
    assert dog @ puppies > dog @ tax + 0.1


def test_high_quality_has_no_stand_in(tmp_path: Path) -> None:
    settings, catalogue = own_models(tmp_path)
    options = load_profiles(settings).stage("high_quality", "text_embeddings")
    with pytest.raises(AnalysisError, match="rushes models fetch multilingual-e5-small"):
        make_text_embeddings_analyser(settings, catalogue, options)
