"""A small world of films for tests of search: scenes, speech, signs, things, places, people."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Engine, insert, update

from rushes.analysis.protocol import Finding
from rushes.artifacts.hashing import artifact_id
from rushes.artifacts.vocabulary import ArtifactType
from rushes.db.people_tables import face_clusters, people
from rushes.db.reading import reading
from rushes.db.tables import asset
from rushes.search.documents import SearchDocument, build_documents
from rushes.search.found import Question
from rushes.search.query.matching import DocumentView, matches
from rushes.search.quickwit.client import QuickwitClient
from rushes.search.request import SearchAnswer, SearchRequest
from rushes.search.service import SearchService
from tests.integration.artifacts.artifact_making import object_payload, place_payload
from tests.integration.indexed_films import IndexedFilms, on_screen, scene, segment

SENTENCES = (
    ("The dogs were walking in the garden.", "en"),
    ("It's a long way to the beach, isn't it?", "en"),
    ("A dog and a cat, the cat and the dog.", "en"),
    ("Die Hunde liefen durch den Garten.", "de"),
    ("Wir gehen die große Straße zum Strand.", "de"),
    ("rock'n'roll never dies", "en"),
    ("日本語の映画を見た", "ja"),
    ("gardens of RE-16 at 10 o'clock", "und"),
)
SIGNS = ("NO ENTRY", "XRE16B", "Garden Street 5", "PHOTOGRAPHERS ONLY", "beach")
QUERIES = (
    *("dog", "dogs", "garden", "walk", "beach", "RE16", "entry", "photograph", "Hund", "cat dog"),
    *('"in the garden"', '"the cat"', "dog -cat", "-dog", "garden OR beach", "(dog OR Strand) the"),
    *("gard*", "it's", "rock'n'roll", "映画", "zebra", "ograp", "ann", "person:ann", "object:dog"),
    *("place:beach", "file:trip", "trip", "said:beach", "written:garden", "NOT (dog OR beach)"),
    *(
        '"straße"',
        "GROSSE",
        "zebra garden",
        "10",
        "language:de",
        "dog library:here",
        "the",
        "to be",
        "street 5",
    ),
)


@dataclass(frozen=True)
class World:
    """Where the films are, and who they are."""

    engine: Engine
    films: IndexedFilms
    asset_ids: Sequence[str]

    @cached_property
    def documents(self) -> list[SearchDocument]:
        """All that there is."""
        with reading(self.engine) as connection:
            built = build_documents(connection, self.asset_ids)
        return [document for of_film in built.values() for document in of_film]

    def oracle(self, question: Question) -> dict[str, SearchDocument]:
        """What a question finds, by looking at everything; by id."""
        return {
            document.doc_id: document
            for document in self.documents
            if matches(question.node, DocumentView.of(document))
        }


def answered(world: World, client: QuickwitClient | None = None, **asked: Any) -> SearchAnswer:
    """A page of everything unless another is asked for; from Postgres without a client."""
    return SearchService(world.engine, client).search(SearchRequest(**{"limit": 1000, **asked}))


def make_world(films: IndexedFilms, count: int = 10, seed: int = 0) -> World:
    """Films in two libraries; the last one has no scenes, the one before has gaps between them."""
    drawn = random.Random(seed)
    made = [_film(films, number, count, drawn) for number in range(count)]
    with films.engine.begin() as connection:
        _name(connection, "ann", "Ann Lee")
        _name(connection, "bob", None)
    for asset_id in made:
        _faces(films, asset_id, drawn)
    return World(films.engine, films, made)


def _film(films: IndexedFilms, number: int, count: int, drawn: random.Random) -> str:
    library = "here" if number % 3 else "there"
    asset_id = films.film(f"2024/trip {number}/clip_{number}.mp4", library=library)
    length = drawn.choice((6, 9)) * 1000
    dated = None if number % 5 == 4 else datetime(2024, 5, 1 + number % 28, 12, tzinfo=UTC)
    with films.engine.begin() as connection:
        connection.execute(
            update(asset)
            .where(asset.c.asset_id == asset_id)
            .values(
                duration_ms=length,
                capture_time=dated,
                is_favorite=number % 4 == 0,
                playable=number % 2 == 0,
                searchable=True,
            )
        )
    if number != count - 1:
        step = 3000 if number == count - 2 else 2000
        cuts = range(0, length, step)
        films.run(asset_id, [scene(at, at + 2000, place) for place, at in enumerate(cuts)])
    seconds = range(0, length, 1000)
    said = [segment(*_sentence(drawn, at)) for at in seconds if drawn.random() < 0.7]
    films.run(asset_id, said, stage="transcript")
    written = [
        on_screen(drawn.choice(SIGNS), at, at + 1000) for at in seconds if drawn.random() < 0.3
    ]
    films.run(asset_id, written, stage="ocr")
    films.run(asset_id, [_thing(at) for at in seconds if drawn.random() < 0.3], stage="objects")
    films.run(asset_id, [_place(at) for at in seconds if drawn.random() < 0.2], stage="places")
    return asset_id


def _sentence(drawn: random.Random, at: int) -> tuple[str, int, int, str]:
    text, language = drawn.choice(SENTENCES)
    return text, at, at + 1000, language


def _thing(at: int) -> Finding:
    return Finding(ArtifactType.OBJECT_DETECTION, at, at + 1000, object_payload(at // 1000))


def _place(at: int) -> Finding:
    return Finding(ArtifactType.PLACE_CLASSIFICATION, at, at + 1000, place_payload(at // 1000))


def _name(connection: Connection, cluster_id: str, name: str | None) -> None:
    values = {"cluster_id": cluster_id, "effective_id": cluster_id, "library_slug": "here"}
    connection.execute(insert(people).values(**values, name=name))


def _faces(films: IndexedFilms, asset_id: str, drawn: random.Random) -> None:
    seen = [at for at in range(0, 6000, 1000) if drawn.random() < 0.3]
    if not seen:
        return
    run_id = films.run(asset_id, [_face(at) for at in seen], stage="faces")
    with films.engine.begin() as connection:
        for ordinal, at in enumerate(seen):
            connection.execute(
                insert(face_clusters).values(
                    artifact_id=face_artifact(run_id, ordinal),
                    asset_id=asset_id,
                    run_id=run_id,
                    start_ms=at,
                    end_ms=at + 1000,
                    cluster_id=drawn.choice(("ann", "bob")),
                    confidence=0.9,
                )
            )


def face_artifact(run_id: str, ordinal: int) -> str:
    """The id of a face of a run."""
    return artifact_id(run_id, ArtifactType.FACE_DETECTION, ordinal)


def _face(at: int) -> Finding:
    payload = {
        "confidence": 0.9,
        "bounding_box": {"x": 1.0, "y": 1.0, "width": 50.0, "height": 50.0},
        "frame_width": 640, "frame_height": 360, "frame_number": at // 40,
        "landmarks": [], "quality": 0.9,
    }  # fmt: skip
    return Finding(ArtifactType.FACE_DETECTION, at, at + 1000, payload)
