"""Vectors of a toy model: words that mean the same point the same way."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine

from rushes.analysis.protocol import Finding
from rushes.artifacts.hashing import artifact_id
from rushes.artifacts.vocabulary import ArtifactType, EmbeddingKind, ModelProfile
from rushes.search.documents import SearchDocument
from rushes.search.hybrid.service import HybridSearch
from rushes.search.quickwit.client import QuickwitClient
from rushes.search.request import Missing, Mode, SearchAnswer, SearchRequest
from rushes.search.service import SearchService
from rushes.search.words import tokens
from rushes.similar.request import SpaceQuery
from rushes.vectors.live.live_index import LiveIndex
from rushes.vectors.space import EmbeddingSpace
from rushes.vectors.store import EmbeddingRow, embedding_id, write_embeddings
from tests.integration.indexed_films import IndexedFilms, scene, segment

CUT_OFF = 0.55
PREFIX = "<passage> "
_CONCEPTS = (
    ("dog", "dogs", "puppy", "hound", "hund", "hunde"),
    ("cat", "kitten"),
    ("garden", "gardens", "yard", "garten"),
    ("beach", "shore", "strand", "seaside"),
)
_OTHER_WORDS = 4
_WEIGHT_OF_OTHERS = 0.2
DIMENSION = len(_CONCEPTS) + _OTHER_WORDS
TEXT = EmbeddingSpace(EmbeddingKind.TEXT, "toy-words", "1", DIMENSION)
IMAGE = EmbeddingSpace(EmbeddingKind.IMAGE, "toy-pictures", "1", DIMENSION)


def toy_vector(text: str) -> bytes:
    """What the text is about: of each concept how many words, and a little of all others."""
    values = np.full(DIMENSION, 1e-3)
    for word in tokens(text):
        known = [at for at, words in enumerate(_CONCEPTS) if word in words]
        other = len(_CONCEPTS) + zlib.crc32(word.encode()) % _OTHER_WORDS
        values[known[0] if known else other] += 1 if known else _WEIGHT_OF_OTHERS
    return (values / np.linalg.norm(values)).astype("<f4").tobytes()


def cosine(one: str, other: str) -> float:
    """Of two texts."""
    return float(np.frombuffer(toy_vector(one), "<f4") @ np.frombuffer(toy_vector(other), "<f4"))


class ToyVectors:
    """The model, in the spaces that a test says; or it raises, or is not here."""

    def __init__(self, *spaces: EmbeddingSpace, error: Exception | None = None) -> None:
        self.spaces = spaces
        self.error = error
        self.missing: list[Missing] = []
        self.asked: list[str] = []

    def of_text(
        self, text: str, kinds: Collection[EmbeddingKind]
    ) -> tuple[list[SpaceQuery], list[Missing]]:
        self.asked.append(text)
        if self.error is not None:
            raise self.error
        vector = toy_vector(text)
        return [SpaceQuery(s, vector) for s in self.spaces if s.kind in kinds], self.missing

    def prefix(self, space: EmbeddingSpace) -> str:
        return PREFIX if space.kind is EmbeddingKind.TEXT else ""


class LiveIndexes:
    """Real indexes without files; or they raise."""

    def __init__(self, engine: Engine, error: Exception | None = None) -> None:
        self._engine = engine
        self._error = error
        self._opened: dict[EmbeddingSpace, LiveIndex] = {}

    def of(self, space: EmbeddingSpace) -> LiveIndex:
        if self._error is not None:
            raise self._error
        if space not in self._opened:
            self._opened[space] = LiveIndex(self._engine, space, lambda: None)
        return self._opened[space]


class Meaning:
    """A service that finds by meaning, over a database; `failures` are the codes it was told."""

    def __init__(
        self,
        engine: Engine,
        client: QuickwitClient | None = None,
        *,
        vectors: ToyVectors | None = None,
        indexes: LiveIndexes | None = None,
    ) -> None:
        self.vectors = vectors or ToyVectors(TEXT, IMAGE)
        self.failures: list[str] = []
        opened = indexes or LiveIndexes(engine)
        hybrid = HybridSearch(
            engine, self.vectors, lambda: opened, lambda _: CUT_OFF, self.failures.append
        )
        self.service = SearchService(engine, client, hybrid=lambda: hybrid.compose)

    def search(self, text: str, **asked: Any) -> SearchAnswer:
        """A page of everything unless another is asked for."""
        request = {"limit": 1000, "mode": Mode.HYBRID, "loosen": False, **asked}
        return self.service.search(SearchRequest(text=text, **request))


@dataclass(frozen=True)
class Window:
    """A text of a scene that is embedded; `scene_index` None outside of scenes."""

    text: str
    start_ms: int
    end_ms: int
    source: str = "transcript"
    scene_index: int | None = None


def spoken_film(films: IndexedFilms, *texts: str, library: str = "films") -> str:
    """Two seconds of speech in each scene, with vectors."""
    film = films.film(library=library)
    spans = [(2000 * number, 2000 * number + 2000) for number in range(len(texts))]
    films.run(film, [scene(*span, number) for number, span in enumerate(spans)])
    films.run(film, [segment(text, *span) for text, span in zip(texts, spans, strict=True)])
    windows = [
        Window(text, *span, scene_index=number)
        for number, (text, span) in enumerate(zip(texts, spans, strict=True))
    ]
    embed_texts(films, film, windows)
    return film


def embed_texts(
    films: IndexedFilms,
    asset_id: str,
    windows: Sequence[Window],
    profile: ModelProfile = ModelProfile.BALANCED,
    *,
    space: EmbeddingSpace = TEXT,
    embed: Callable[[str], bytes] = toy_vector,
) -> list[str]:
    """A run that embeds these windows; the ids of its artifacts."""
    before = PREFIX if space is TEXT else ""
    findings = [_of_window(each, before) for each in windows]
    run_id = films.run(asset_id, findings, stage="text_embeddings", profile=profile)
    vectors = [embed(each.text) for each in windows]
    return _written(films, asset_id, run_id, ArtifactType.TEXT_EMBEDDING, space, findings, vectors)


def embed_frames(
    films: IndexedFilms, asset_id: str, seen: Sequence[tuple[str, int, int]]
) -> list[str]:
    """A run that embeds frames, each (what it shows, from, to); the ids of its artifacts."""
    payload = {"frame_number": 0, "model": IMAGE.model, "dimension": IMAGE.dimension}
    findings = [
        Finding(ArtifactType.FRAME_EMBEDDING, start, end, dict(payload)) for _, start, end in seen
    ]
    run_id = films.run(asset_id, findings, stage="frame_embeddings")
    vectors = [toy_vector(shown) for shown, _, _ in seen]
    return _written(films, asset_id, run_id, ArtifactType.FRAME_EMBEDDING, IMAGE, findings, vectors)


def windows_of(documents: Sequence[SearchDocument]) -> list[Window]:
    """What is said in each of these scenes, and what is written."""
    return [
        Window(
            " ".join(texts),
            document.fields["start_ms"],
            max(document.fields["end_ms"], document.fields["start_ms"] + 1),
            source,
            document.fields.get("scene_index"),
        )
        for document in documents
        for source in ("transcript", "ocr")
        if (texts := document.fields.get(source))
    ]


def error_records(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """What was logged as an error."""
    return [each for each in caplog.records if each.levelno >= logging.ERROR]


def _of_window(window: Window, before: str) -> Finding:
    payload = {
        "source": window.source,
        "text": before + window.text,
        "scene_index": window.scene_index,
        "model": TEXT.model,
        "dimension": TEXT.dimension,
    }
    return Finding(ArtifactType.TEXT_EMBEDDING, window.start_ms, window.end_ms, payload)


def _written(
    films: IndexedFilms,
    asset_id: str,
    run_id: str,
    artifact_type: ArtifactType,
    space: EmbeddingSpace,
    findings: Sequence[Finding],
    vectors: Sequence[bytes],
) -> list[str]:
    made = [artifact_id(run_id, artifact_type, number) for number in range(len(findings))]
    rows = [
        EmbeddingRow(
            embedding_id=embedding_id(run_id, space.kind, number),
            asset_id=asset_id,
            run_id=run_id,
            artifact_id=made[number],
            space=space,
            start_ms=finding.start_ms,
            end_ms=finding.end_ms,
            vector=vectors[number],
        )
        for number, finding in enumerate(findings)
    ]
    with films.engine.begin() as connection:
        write_embeddings(connection, rows)
    return made
