"""Cut-offs, the means that ask, and the questions that are remembered."""

from __future__ import annotations

import numpy as np
import pytest

from rushes.analysis.faces.sface import SAME_PERSON_COSINE
from rushes.artifacts.vocabulary import EmbeddingKind
from rushes.models.catalogue import Catalogue
from rushes.settings import Settings
from rushes.similar.cut_offs import cut_off
from rushes.similar.known_vectors import mean_of
from rushes.similar.recent import RecentQuestions
from rushes.vectors.space import EmbeddingSpace


def space(kind: EmbeddingKind, model: str) -> EmbeddingSpace:
    return EmbeddingSpace(kind, model, "1", 4)


def test_every_model_that_makes_vectors_has_a_cut_off_of_its_own() -> None:
    from rushes.similar import cut_offs

    makes_vectors = {"text embedding", "image embedding", "image-text embedding"}
    names = {each.name for each in Catalogue(Settings()).entries() if each.purpose in makes_vectors}
    assert names
    assert names <= cut_offs._OF_MODEL.keys()


def test_an_unknown_model_goes_by_its_kind_and_an_own_file_by_its_name() -> None:
    faces = space(EmbeddingKind.FACE, "somebody")
    assert cut_off(faces) == cut_off(space(EmbeddingKind.FACE, "sface")) == SAME_PERSON_COSINE
    own = space(EmbeddingKind.TEXT, "wordllama-256@0123abcd")
    assert cut_off(own) == cut_off(space(EmbeddingKind.TEXT, "wordllama-256"))


def test_words_are_less_like_pictures_than_pictures_are() -> None:
    for model in ("clip-vit-b-32", "unknown"):
        pictures = space(EmbeddingKind.IMAGE, model)
        assert cut_off(pictures, is_text=True) < cut_off(pictures, is_text=False)


def test_a_mean_is_of_length_one_and_none_where_all_cancels_out() -> None:
    one, other = (np.asarray(each, "<f4") for each in ([1, 0, 0, 0], [0, 1, 0, 0]))
    mean = mean_of([one.tobytes(), other.tobytes()])
    assert mean is not None
    assert np.frombuffer(mean, "<f4").tolist() == pytest.approx([0.5**0.5, 0.5**0.5, 0, 0])
    assert mean_of([one.tobytes(), (-one).tobytes()]) is None


def test_the_questions_not_asked_for_longest_are_forgotten() -> None:
    recent, texts = RecentQuestions(most=2), space(EmbeddingKind.TEXT, "a")
    for word in ("one", "two"):
        recent.put(texts, word, word.encode())
    assert recent.get(texts, "one") == b"one"
    recent.put(texts, "three", b"three")
    assert [recent.get(texts, each) for each in ("one", "two", "three")] == [b"one", None, b"three"]
    assert recent.get(space(EmbeddingKind.TEXT, "b"), "one") is None
