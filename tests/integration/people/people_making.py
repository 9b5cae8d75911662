"""Films with faces for tests of people: vectors around the centres of made-up persons."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, insert, select

from rushes.artifacts.envelope import ArtifactEnvelope
from rushes.artifacts.hashing import artifact_id
from rushes.artifacts.registry import default_registry
from rushes.artifacts.repository import ArtifactRepository
from rushes.artifacts.vocabulary import ArtifactType, EmbeddingKind, ModelProfile
from rushes.db.people_tables import face_assignments, face_clusters, people
from rushes.db.tables import asset, asset_versions, libraries, runs
from rushes.people.assignment import AssignmentReport, assign_faces
from rushes.vectors.space import EmbeddingSpace
from rushes.vectors.store import EmbeddingRow, embedding_id, write_embeddings

LIBRARY = "films"
DIMENSION = 128
SECOND = 1000
FACE = ArtifactType.FACE_DETECTION
_REPOSITORY = ArtifactRepository(default_registry())


@dataclass(frozen=True, slots=True)
class Seen:
    """Person number `person` in second `second` of a film, at place 0, 1, 2... in the picture."""

    person: int
    second: int
    place: int = 0
    quality: float = 0.9


def scene(person: int, first: int, last: int, place: int = 0) -> list[Seen]:
    """One person, one face a second, `last` included."""
    return [Seen(person, second, place) for second in range(first, last + 1)]


def vector(person: int, model: str = "sface", *, seed: int = 0, noise: float = 0.5) -> bytes:
    """A unit vector near the person's centre, which is another one under every model.

    Two of one person have a cosine near 1 / (1 + noise^2), two of two people one near 0.
    """
    names = [ord(letter) for letter in model]
    centre = _random([person, *names])
    mixed = centre + np.float32(noise) * _random([person, seed, 7, *names])
    return np.asarray(mixed / np.linalg.norm(mixed), dtype="<f4").tobytes()


def _random(seed: Sequence[int]) -> NDArray[np.float32]:
    values = np.random.default_rng(list(seed)).standard_normal(DIMENSION)
    return np.asarray(values / np.linalg.norm(values), dtype=np.float32)


def payload(seen: Seen) -> dict[str, Any]:
    """A face of 100 pixels; places lie 200 apart."""
    box = {"x": 20.0 + 200 * seen.place, "y": 100.0, "width": 100.0, "height": 100.0}
    return {
        "confidence": 0.9,
        "bounding_box": box,
        "frame_width": 1280,
        "frame_height": 720,
        "frame_number": seen.second * 25,
        "landmarks": [],
        "quality": seen.quality,
    }


def add_film(connection: Connection, asset_id: str, library: str = LIBRARY) -> str:
    """A film in a library, which is made with the first."""
    known = connection.execute(select(libraries.c.slug)).scalars().all()
    if library not in known:
        connection.execute(insert(libraries).values(slug=library, root=f"/{library}"))
    values = {"asset_id": asset_id, "content_hash": f"hash-{asset_id}", "size_bytes": 1}
    connection.execute(
        insert(asset).values(**values, library_slug=library, path=f"{asset_id}.mp4", mtime_ns=1)
    )
    connection.execute(insert(asset_versions).values(**values, content_version=1))
    return asset_id


def write_run(
    connection: Connection, asset_id: str, faces: Sequence[Seen], model: str = "sface"
) -> str:
    """A completed faces run with its artifacts and vectors, not yet put to people."""
    run_id = f"r{secrets.token_hex(8)}"
    connection.execute(
        insert(runs).values(
            run_id=run_id,
            asset_id=asset_id,
            content_version=1,
            stage="faces",
            model_profile="balanced",
            config_hash=model,
            input_hash="input",
            producer="yunet",
            producer_version="1",
            status="completed",
            worker_key=0,
            finished_at=datetime.now(UTC),
        )
    )
    envelopes = [_envelope(run_id, asset_id, number, each) for number, each in enumerate(faces)]
    _REPOSITORY.batch_create(connection, envelopes)
    space = EmbeddingSpace(EmbeddingKind.FACE, model, "1", DIMENSION)
    film = sum(map(ord, asset_id))
    rows = [
        EmbeddingRow(
            embedding_id(run_id, EmbeddingKind.FACE, number),
            asset_id,
            run_id,
            envelope.artifact_id,
            space,
            envelope.span_start_ms,
            envelope.span_end_ms,
            vector(seen.person, model, seed=1000 * film + seen.second),
        )
        for number, (envelope, seen) in enumerate(zip(envelopes, faces, strict=True))
    ]
    write_embeddings(connection, rows)
    return run_id


def add_run(
    connection: Connection, asset_id: str, faces: Sequence[Seen], model: str = "sface"
) -> AssignmentReport:
    """A completed faces run, put to people as the writer of a run does it."""
    return assign_faces(connection, write_run(connection, asset_id, faces, model))


def whose(connection: Connection, run_id: str) -> dict[int, str]:
    """The person of each face of a run, by the face's number; those of nobody are left out."""
    query = select(face_clusters.c.artifact_id, face_clusters.c.cluster_id)
    rows = connection.execute(query.where(face_clusters.c.run_id == run_id))
    found = {row.artifact_id: row.cluster_id for row in rows}
    numbers = {artifact_id(run_id, FACE, number): number for number in range(1000)}
    return {numbers[face]: cluster for face, cluster in found.items()}


def face_id(run_id: str, number: int) -> str:
    """The artifact id of a run's face."""
    return artifact_id(run_id, FACE, number)


def assignments(connection: Connection) -> set[tuple[object, ...]]:
    """All raw assignments."""
    return set(map(tuple, connection.execute(select(face_assignments))))


def people_rows(connection: Connection) -> dict[str, tuple[object, ...]]:
    """cluster id -> person, name, hidden."""
    rows = connection.execute(select(people))
    return {row.cluster_id: (row.effective_id, row.name, row.hidden) for row in rows}


def _envelope(run_id: str, asset_id: str, number: int, seen: Seen) -> ArtifactEnvelope:
    return ArtifactEnvelope(
        artifact_id=face_id(run_id, number),
        asset_id=asset_id,
        artifact_type=FACE,
        schema_version=1,
        span_start_ms=seen.second * SECOND,
        span_end_ms=(seen.second + 1) * SECOND,
        payload=payload(seen),
        producer="yunet",
        producer_version="1",
        model_profile=ModelProfile.BALANCED,
        config_hash="configuration",
        input_hash="input",
        run_id=run_id,
        created_at=datetime(2024, 5, 1, 12, tzinfo=UTC),
    )
