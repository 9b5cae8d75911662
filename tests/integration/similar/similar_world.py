"""Films with made-up embeddings in toy spaces, and what is known of each, to check answers by."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine, insert, update

from rushes.analysis.protocol import Finding
from rushes.artifacts.hashing import artifact_id
from rushes.artifacts.vocabulary import ArtifactType, EmbeddingKind, ModelProfile
from rushes.db.people_tables import face_assignments, people
from rushes.db.tables import asset
from rushes.db.user_tables import favourite_scenes
from rushes.people.recognition import set_recognition
from rushes.similar.question import Question
from rushes.similar.request import SimilarRequest, SpaceQuery
from rushes.similar.service import SimilarService
from rushes.vectors.live.live_index import LiveIndex
from rushes.vectors.space import EmbeddingSpace
from rushes.vectors.store import EmbeddingRow, embedding_id, write_embeddings
from tests.integration.indexed_films import IndexedFilms, scene
from tests.integration.people.people_making import Seen, payload

TEXTS = EmbeddingSpace(EmbeddingKind.TEXT, "toy-texts", "1", 6)
PICTURES = EmbeddingSpace(EmbeddingKind.IMAGE, "toy-pictures", "1", 8)
FACES = EmbeddingSpace(EmbeddingKind.FACE, "toy-faces", "1", 5)
SPACES = (TEXTS, PICTURES, FACES)
SCENE_MS = 3000
FIRST_DAY = datetime(2024, 5, 1, 12, tzinfo=UTC)
Vector = NDArray[np.float32]


@dataclass(frozen=True)
class Known:
    """An embedding and all that a filter may ask of it."""

    embedding_id: str
    artifact_id: str
    space: EmbeddingSpace
    vector: Vector
    asset_id: str
    run_id: str
    start_ms: int
    end_ms: int
    library: str
    captured: datetime | None
    profile: str
    source: str | None
    scene: int | None
    is_favorite: bool
    playable: bool
    person: str | None
    name: str | None
    answers: bool
    """Whether it is of the runs that answer, and nothing forbids to show it."""


def unit(values: Any) -> Vector:
    """float32, of length one."""
    values = np.asarray(values, np.float64)
    return np.asarray(values / np.linalg.norm(values), np.float32)


class ToyIndexes:
    """An index of each space over Postgres alone."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._live: dict[EmbeddingSpace, LiveIndex] = {}

    def of(self, space: EmbeddingSpace) -> LiveIndex:
        if space not in self._live:
            self._live[space] = LiveIndex(self._engine, space, lambda: None)
        return self._live[space]


class ToyQuestions:
    """Asks with the vectors that it is given, whatever the text."""

    def __init__(self) -> None:
        self.queries: Sequence[tuple[EmbeddingSpace, Vector]] = ()
        self.without: frozenset[str] = frozenset()

    def of(self, request: SimilarRequest, face_index: int = 0) -> Question:
        queries = [SpaceQuery(space, vector.tobytes()) for space, vector in self.queries]
        return Question(queries, without=self.without, is_text=True)

    def prefix(self, space: EmbeddingSpace) -> str:
        return ""


def toy_service(engine: Engine, questions: ToyQuestions) -> SimilarService:
    """The service over toy indexes."""
    indexes = ToyIndexes(engine)
    return SimilarService(engine, lambda: indexes, questions)


def write(
    films: IndexedFilms,
    film: str,
    space: EmbeddingSpace,
    moments: Sequence[tuple[int, Vector]],
    *,
    profile: ModelProfile = ModelProfile.BALANCED,
    sources: Sequence[str] = (),
) -> tuple[str, list[str], list[str]]:
    """A run with an embedding of a second for each (start, vector): run, artifacts, embeddings."""
    found = [
        _finding(space, start, number, sources[number] if sources else "transcript")
        for number, (start, _) in enumerate(moments)
    ]
    run_id = films.run(film, found, profile=profile)
    artifacts = [
        artifact_id(run_id, each.artifact_type, number) for number, each in enumerate(found)
    ]
    ids = [embedding_id(run_id, space.kind, number) for number in range(len(found))]
    rows = [
        EmbeddingRow(each, film, run_id, artifact, space, start, start + 1000, vector.tobytes())
        for each, artifact, (start, vector) in zip(ids, artifacts, moments, strict=True)
    ]
    with films.engine.begin() as connection:
        write_embeddings(connection, rows)
    return run_id, artifacts, ids


def _finding(space: EmbeddingSpace, start: int, number: int, source: str) -> Finding:
    if space.kind is EmbeddingKind.FACE:
        seen = payload(Seen(0, start // 1000))
        return Finding(ArtifactType.FACE_DETECTION, start, start + 1000, seen)
    values: dict[str, Any] = {"model": space.model, "dimension": space.dimension}
    if space.kind is EmbeddingKind.IMAGE:
        values["frame_number"] = number
        return Finding(ArtifactType.FRAME_EMBEDDING, start, start + 1000, values)
    values |= {"source": source, "text": f"words {number}", "scene_index": None}
    return Finding(ArtifactType.TEXT_EMBEDDING, start, start + 1000, values)


def add_person(
    films: IndexedFilms, cluster: str, library: str, name: str | None = None, hidden: bool = False
) -> None:
    """A person whom the machine founded."""
    with films.engine.begin() as connection:
        connection.execute(
            insert(people).values(
                cluster_id=cluster,
                library_slug=library,
                effective_id=cluster,
                name=name,
                hidden=hidden,
            )
        )


def put_faces(films: IndexedFilms, cluster: str, film: str, run_id: str, faces: list[str]) -> None:
    """These faces are that person's, and what others are compared with."""
    rows = [
        {"artifact_id": each, "asset_id": film, "run_id": run_id, "cluster_id": cluster}
        | {"confidence": 0.9, "is_exemplar": True}
        for each in faces
    ]
    with films.engine.begin() as connection:
        connection.execute(insert(face_assignments), rows)


@dataclass
class World:
    """Every embedding that there is."""

    known: list[Known]

    def of(self, space: EmbeddingSpace) -> list[Known]:
        return [each for each in self.known if each.space == space]


def make_world(films: IndexedFilms, seed: int = 0) -> World:
    """Six films of three libraries, the last of them without recognition of faces."""
    source = random.Random(seed)
    world = World([])
    for number, library in enumerate(itertools.islice(itertools.cycle("abc"), 6)):
        world.known += _film(films, source, number, library)
    with films.engine.begin() as connection:
        set_recognition(connection, "c", on=False)
    return world


def _film(films: IndexedFilms, source: random.Random, number: int, library: str) -> list[Known]:
    film = films.film(library=library)
    captured = None if number % 4 == 3 else FIRST_DAY + timedelta(days=number)
    facts = {"playable": number % 2 == 0, "is_favorite": number == 4, "capture_time": captured}
    with films.engine.begin() as connection:
        connection.execute(update(asset).where(asset.c.asset_id == film).values(**facts))
    scenes = 4 if number % 3 else 0
    if scenes:
        cuts = [(each * SCENE_MS, (each + 1) * SCENE_MS, each) for each in range(scenes)]
        films.run(film, [scene(*cut) for cut in cuts])
    favourites = {1} if number in (1, 2) else set()
    for each in favourites:
        span = {"start_ms": each * SCENE_MS + 200, "end_ms": (each + 1) * SCENE_MS + 100}
        with films.engine.begin() as connection:
            connection.execute(
                insert(favourite_scenes).values(asset_id=film, content_version=1, **span)
            )
    clusters = _people(films, number, library)
    found: list[Known] = []
    for space, age in itertools.product(SPACES, ("older", "newest")):
        profile = source.choice((ModelProfile.FAST, ModelProfile.BALANCED))
        moments = [(second * 500, _vector(source, space)) for second in range(30)]
        sources = [source.choice(("transcript", "ocr")) for _ in moments]
        run_id, artifacts, ids = write(
            films, film, space, moments, profile=profile, sources=sources
        )
        if space.kind is EmbeddingKind.FACE:
            for place, (cluster, _, _) in enumerate(clusters):
                if cluster is not None:
                    put_faces(films, cluster, film, run_id, artifacts[place :: len(clusters)])
        for place, (start, vector) in enumerate(moments):
            at = start // SCENE_MS
            where = at if at < scenes else None
            cluster, name, hidden = clusters[place % len(clusters)]
            is_face = space.kind is EmbeddingKind.FACE
            found.append(
                Known(
                    embedding_id=ids[place],
                    artifact_id=artifacts[place],
                    space=space,
                    vector=vector,
                    asset_id=film,
                    run_id=run_id,
                    start_ms=start,
                    end_ms=start + 1000,
                    library=library,
                    captured=captured,
                    profile=profile.value,
                    source=sources[place] if space.kind is EmbeddingKind.TEXT else None,
                    scene=where,
                    is_favorite=facts["is_favorite"] is True or where in favourites,
                    playable=facts["playable"] is True,
                    person=cluster if is_face else None,
                    name=name if is_face else None,
                    answers=age == "newest" and not (is_face and (hidden or library == "c")),
                )
            )
    return found


def _people(
    films: IndexedFilms, number: int, library: str
) -> list[tuple[str | None, str | None, bool]]:
    made = [(f"p{number}n", f"Ada {number}", False), (f"p{number}u", None, False)]
    hidden = (f"p{number}h", "Hidden", True)
    for each in (*made, hidden):
        add_person(films, each[0], library, *each[1:])
    return [*made, hidden, (None, None, False)]


def _vector(source: random.Random, space: EmbeddingSpace) -> Vector:
    """Now and then one that others have too."""
    if source.random() < 0.1:
        return unit([1.0, *[0.25] * (space.dimension - 1)])
    return unit([source.gauss(0, 1) for _ in range(space.dimension)])
