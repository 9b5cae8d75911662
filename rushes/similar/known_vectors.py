"""Vectors that are there already: of an artifact, of what its span shows, of a person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from rushes.artifacts.selection import Selection, answering_run_ids
from rushes.artifacts.vocabulary import ArtifactType, EmbeddingKind
from rushes.db.analysis_tables import embeddings
from rushes.db.reading import kept
from rushes.errors import InvalidRequestError, NotFoundError
from rushes.similar.embedders import STAGE_OF_KIND
from rushes.similar.request import SpaceQuery
from rushes.vectors.space import EmbeddingSpace

_HERE = Path(__file__).parent
Vector = NDArray[np.float32]
_OF_TEXTS: Final = (ArtifactType.TRANSCRIPT_SEGMENT, ArtifactType.OCR_TEXT)


@dataclass(frozen=True, slots=True)
class KnownArtifact:
    """An artifact, and its own embedding where it has one. Times in ms.

    `recognised`: false where its library's face recognition is off. `hidden`: the face of a
    person who is.
    """

    artifact_id: str
    asset_id: str
    library: str
    artifact_type: str
    start_ms: int
    end_ms: int
    recognised: bool
    hidden: bool
    embedding_id: str | None
    space: EmbeddingSpace | None
    vector: bytes | None

    @property
    def usual_kind(self) -> EmbeddingKind:
        """What it is compared by where nobody says it."""
        if self.space is not None:
            return self.space.kind
        if self.artifact_type == ArtifactType.FACE_DETECTION:
            return EmbeddingKind.FACE
        return EmbeddingKind.TEXT if self.artifact_type in _OF_TEXTS else EmbeddingKind.IMAGE


def known_artifact(connection: Connection, artifact_id: str) -> KnownArtifact:
    """NotFoundError `artifact_not_found`."""
    rows = kept(_HERE, "artifact").rows(connection, {"artifact_id": artifact_id})
    if not rows:
        raise NotFoundError(f"there is no artifact {artifact_id!r}", code="artifact_not_found")
    (row,) = rows
    return KnownArtifact(
        row.artifact_id,
        row.asset_id,
        row.library,
        row.artifact_type,
        row.start_ms,
        row.end_ms,
        row.recognised,
        row.hidden,
        row.embedding_id,
        None if row.embedding_id is None else _space(row),
        None if row.vector is None else bytes(row.vector),
    )


def vectors_of_span(
    connection: Connection,
    artifact: KnownArtifact,
    kind: EmbeddingKind,
    selection: Selection | None,
) -> tuple[list[SpaceQuery], frozenset[str]]:
    """The mean of what answers of that kind in the artifact's span, and what it is the mean of."""
    runs = answering_run_ids(artifact.asset_id, STAGE_OF_KIND[kind], selection)
    query = select(embeddings).where(
        embeddings.c.asset_id == artifact.asset_id,
        embeddings.c.kind == kind.value,
        embeddings.c.start_ms < artifact.end_ms,
        embeddings.c.end_ms > artifact.start_ms,
        embeddings.c.run_id.in_(runs),
    )
    by_space: dict[EmbeddingSpace, list[bytes]] = {}
    ids = set()
    for row in connection.execute(query):
        by_space.setdefault(_space(row), []).append(bytes(row.vector))
        ids.add(row.embedding_id)
    queries = [
        SpaceQuery(space, mean)
        for space, vectors in by_space.items()
        if (mean := mean_of(vectors)) is not None
    ]
    return queries, frozenset(ids)


def vectors_of_person(connection: Connection, person: str) -> list[SpaceQuery]:
    """Of each cluster that is this person, the mean of the faces that others are compared with."""
    rows = kept(_HERE, "person_vectors").rows(connection, {"person": person})
    by_cluster: dict[tuple[EmbeddingSpace, str], list[bytes]] = {}
    for row in rows:
        by_cluster.setdefault((_space(row), row.own_cluster), []).append(bytes(row.vector))
    return [
        SpaceQuery(space, mean)
        for (space, _), vectors in by_cluster.items()
        if (mean := mean_of(vectors)) is not None
    ]


def is_recognised(connection: Connection, library: str) -> bool:
    """Whether faces of the library may be told apart."""
    (row,) = kept(_HERE, "recognition").rows(connection, {"library": library})
    return bool(row.recognised)


def mean_of(vectors: Iterable[bytes]) -> bytes | None:
    """The direction between them, of length one; None where they cancel out."""
    rows = np.stack([np.frombuffer(each, "<f4") for each in vectors]).astype(np.float64)
    total = rows.sum(axis=0)
    length = float(np.linalg.norm(total))
    return None if length < 1e-6 * len(rows) else (total / length).astype("<f4").tobytes()


def no_vector(what: str, remedy: str) -> InvalidRequestError:
    """Of something that cannot ask, since nothing of it became a vector."""
    return InvalidRequestError(f"{what} has no vector", code="no_vector", remedy=remedy)


def recognition_off(library: str) -> InvalidRequestError:
    """Faces of the library are not for finding."""
    return InvalidRequestError(
        f"face recognition is off in the library {library!r}: none of its faces may ask",
        code="recognition_off",
        remedy="turn it on for that library, if its people agree; docs/people.md says how",
    )


def person_hidden() -> InvalidRequestError:
    """Somebody asked that this person is not looked for."""
    return InvalidRequestError(
        "the person is hidden: none of their faces may ask",
        code="person_hidden",
        remedy="rushes people unhide PERSON, if they agree",
    )


def _space(row: Any) -> EmbeddingSpace:
    return EmbeddingSpace(EmbeddingKind(row.kind), row.model, row.model_version, row.dimension)
