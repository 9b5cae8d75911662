"""Films that are written and deleted in Postgres, each in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, Engine, delete, insert

from rushes.artifacts.vocabulary import ArtifactType, EmbeddingKind
from rushes.db.tables import artifacts, asset, runs
from rushes.library.deletion import delete_films
from rushes.vectors.space import EmbeddingSpace
from rushes.vectors.store import EmbeddingRow, embedding_id, lock_spaces, write_embeddings
from scripts.benchmarks.vectors_data import LIBRARY
from scripts.benchmarks.vectors_stress_film import FACE_DIMENSION, MOMENTS, Film
from scripts.benchmarks.vectors_text import bundled_analyser

FACES: Final = EmbeddingSpace(EmbeddingKind.FACE, "made-faces", "1", FACE_DIMENSION)
_SECOND: Final = 1000
_MADE_BY: Final = {
    "producer": "bench",
    "producer_version": "1",
    "model_profile": "fast",
    "config_hash": "configuration",
    "input_hash": "input",
}
_STAGES: Final = {
    EmbeddingKind.TEXT: ("text_embeddings", ArtifactType.TEXT_EMBEDDING),
    EmbeddingKind.FACE: ("faces", ArtifactType.FACE_DETECTION),
}


@cache
def text_space() -> EmbeddingSpace:
    """That of the bundled model, which the server asks too."""
    return bundled_analyser().space


@cache
def _embedder() -> Callable[[Sequence[str]], list[bytes | None]]:
    return bundled_analyser().embed_texts


def add_film(connection: Connection, film: Film, pause: Callable[[], None]) -> None:
    """All of a film in the caller's transaction; `pause` comes before the vectors are written."""
    connection.execute(insert(asset), [_asset(film)])
    connection.execute(insert(runs), [_run(film, kind) for kind in _STAGES])
    made = [_artifact(film, kind, place) for kind in _STAGES for place in range(MOMENTS)]
    connection.execute(insert(artifacts), made)
    rows = [*_texts(film), *_faces(film)]
    pause()
    write_embeddings(connection, rows)


def delete_film(engine: Engine, film: Film, pause: Callable[[], None]) -> None:
    """As an operator does it: everything of the film goes by cascades."""
    with engine.begin() as connection:
        pause()
        delete_films(connection, [film.asset_id])


def delete_run(engine: Engine, film: Film, kind: EmbeddingKind, pause: Callable[[], None]) -> None:
    """Only what one run made."""
    with engine.begin() as connection:
        pause()
        lock_spaces(connection, [text_space(), FACES])
        connection.execute(delete(runs).where(runs.c.run_id == film.run_id(kind)))


def _texts(film: Film) -> list[EmbeddingRow]:
    vectors = _embedder()([film.text(place) for place in range(MOMENTS)])
    made = [vector for vector in vectors if vector is not None]
    return [_row(film, text_space(), place, vector) for place, vector in enumerate(made)]


def _faces(film: Film) -> list[EmbeddingRow]:
    return [_row(film, FACES, place, film.face(place).tobytes()) for place in range(MOMENTS)]


def _row(film: Film, space: EmbeddingSpace, place: int, vector: bytes) -> EmbeddingRow:
    run_id = film.run_id(space.kind)
    return EmbeddingRow(
        embedding_id=embedding_id(run_id, space.kind, place),
        asset_id=film.asset_id,
        run_id=run_id,
        artifact_id=film.artifact_id(space.kind, place),
        space=space,
        start_ms=place * _SECOND,
        end_ms=(place + 1) * _SECOND,
        vector=vector,
    )


def _asset(film: Film) -> dict[str, Any]:
    return {
        "asset_id": film.asset_id,
        "library_slug": LIBRARY,
        "path": f"{film.number}.mp4",
        "content_hash": f"hash-{film.number}",
        "size_bytes": 1,
        "mtime_ns": 1,
        "duration_ms": MOMENTS * _SECOND,
    }


def _run(film: Film, kind: EmbeddingKind) -> dict[str, Any]:
    stage, _ = _STAGES[kind]
    values = {"content_version": 1, "stage": stage, "status": "completed", "worker_key": 0}
    return {"run_id": film.run_id(kind), "asset_id": film.asset_id, **values, **_MADE_BY}


def _artifact(film: Film, kind: EmbeddingKind, place: int) -> dict[str, Any]:
    _, artifact_type = _STAGES[kind]
    is_text = kind is EmbeddingKind.TEXT
    return {
        "artifact_id": film.artifact_id(kind, place),
        "asset_id": film.asset_id,
        "run_id": film.run_id(kind),
        "artifact_type": artifact_type.value,
        "schema_version": 1,
        "span_start_ms": place * _SECOND,
        "span_end_ms": (place + 1) * _SECOND,
        "payload": {"source": "transcript", "text": film.text(place)} if is_text else {},
        **_MADE_BY,
    }
