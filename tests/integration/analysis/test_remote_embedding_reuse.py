"""Vectors of a remote model in Postgres's cache spare calls, for every process of a library."""

from __future__ import annotations

from sqlalchemy import Engine

from rushes.analysis.protocol import Watch
from rushes.vectors.cache import EmbeddingCache
from tests.unit.analysis.embeddings.remote_calls import Calls, calls, needs_boto3
from tests.unit.analysis.embeddings.small_models import film_of
from tests.unit.analysis.embeddings.test_text_embeddings import FILM

__all__ = ["calls"]
pytestmark = needs_boto3


def test_an_unchanged_film_and_a_repeated_question_cost_no_call(
    engine: Engine, calls: Calls
) -> None:
    film = film_of(calls.folder, earlier=FILM)
    raw = calls.analyser(EmbeddingCache(engine, 1_000_000)).analyse(film, Watch())
    asked = calls.service.calls
    assert asked == len(set(calls.service.texts)) == 4
    again = calls.analyser(EmbeddingCache(engine, 1_000_000))
    assert again.analyse(film, Watch()) == raw
    once, twice = again.embed_texts(["a question"]), again.embed_texts(["a question"])
    assert once == twice
    assert calls.service.calls == asked + 1
