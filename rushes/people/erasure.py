"""Erasing a person: vectors, clusters, face artifacts, and the documents that hold them."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine, delete, func, select
from sqlalchemy.exc import SQLAlchemyError

from rushes.artifacts.vocabulary import STAGE_OF_TYPE, ArtifactType, EmbeddingKind
from rushes.audit import record
from rushes.db.people_tables import people
from rushes.db.sql import load_sql
from rushes.db.tables import artifacts, asset
from rushes.documents import Document, DocumentIndex
from rushes.errors import RushesError
from rushes.library.repository import get_library
from rushes.people import log
from rushes.people.faces import unit
from rushes.people.likeness import Likeness
from rushes.people.listing import Person, find_person
from rushes.people.locking import lock_people
from rushes.people.log import Action
from rushes.people.options import ClusteringOptions, options_of
from rushes.people.state import follow_log, one_of
from rushes.vectors.purging import generations_holding, request_purge, sweep_leftovers
from rushes.vectors.space import EmbeddingSpace

_HERE = Path(__file__).parent
_STAGE = STAGE_OF_TYPE[ArtifactType.FACE_DETECTION]


@dataclass(frozen=True, slots=True)
class ErasureReport:
    """What was removed, and in sentences for people what may still show or hold the person."""

    cluster_ids: tuple[str, ...]
    library_slug: str
    films: int
    faces: int
    documents: tuple[str, ...]
    may_still_hold: tuple[str, ...]


def erase(
    engine: Engine,
    index: DocumentIndex,
    text: str,
    author: str,
    library: str | None = None,
    *,
    vectors_root: Path | None = None,
) -> ErasureReport:
    """Remove all that tells a person from others, for good. `text` is a cluster id or a name.

    Faces: their artifacts and vectors, of all runs, and unassigned ones that look like them.
    Documents of the faces stage for those films go as a whole, since a document is never changed;
    the films' runs stay, so nothing is analysed again by itself. The log keeps that somebody was
    erased, without a name. A call that was cut short is finished by the same call again.
    `vectors_root`: the files of the vector indexes; the report names those that still hold vectors
    of the person. They are replaced by a rebuild, which this asks for.

    Raises NotFoundError `person_not_found`, InvalidRequestError `ambiguous_person`, StorageError.
    """
    with engine.begin() as connection:
        # Spaces before people, as the writer of a run does, so that neither waits for the other.
        connection.execute(load_sql(_HERE, "lock_face_spaces"))
        lock_people(connection, find_person(connection, text, library).library_slug)
        person = find_person(connection, text, library)
        report = _Erasure(connection, index, person, author).run()
    held = (*report.may_still_hold, *generations_told(engine, vectors_root))
    return replace(report, may_still_hold=held)


class _Erasure:
    def __init__(
        self, connection: Connection, index: DocumentIndex, person: Person, author: str
    ) -> None:
        self._connection = connection
        self._index = index
        self._person = person
        self._author = author
        settings = get_library(connection, person.library_slug).settings
        self._options: ClusteringOptions = options_of(settings)

    def run(self) -> ErasureReport:
        faces = self._connection.execute(
            load_sql(_HERE, "persons_faces"), {"person": self._person.cluster_id}
        ).all()
        clusters = self._clusters()
        contents = {face.content_hash for face in faces if face.content_hash}
        ids = [face.artifact_id for face in faces]
        ids += lookalikes(faces, self._unassigned(), self._options)
        # First: after an end in between, the person is still there to be erased again.
        documents = delete_documents(self._index, contents)
        self._remove(ids, clusters)
        payload = {"cluster_ids": clusters, "faces": len(ids), "documents": documents}
        library = self._person.library_slug
        entry = log.append(self._connection, library, Action.ERASE, payload, self._author)
        record(
            self._connection, self._author, "people.erase", library, {"entry_id": entry.entry_id}
        )
        follow_log(self._connection, self._person.library_slug, self._options.exemplars_kept)
        return ErasureReport(
            cluster_ids=tuple(clusters),
            library_slug=self._person.library_slug,
            films=len({face.asset_id for face in faces}),
            faces=len(ids),
            documents=tuple(documents),
            may_still_hold=tuple(self._may_still_hold(contents)),
        )

    def _remove(self, artifact_ids: Sequence[str], clusters: Sequence[str]) -> None:
        execute = self._connection.execute
        execute(load_sql(_HERE, "forget_cached_vectors"), {"artifact_ids": list(artifact_ids)})
        spaces = self._face_spaces(artifact_ids)
        # Assignments, projections and vectors go with their artifacts.
        execute(delete(artifacts).where(artifacts.c.artifact_id == one_of(artifact_ids)))
        request_purge(self._connection, spaces)
        execute(delete(people).where(people.c.cluster_id == one_of(clusters)))
        log.redact_names(self._connection, self._person.library_slug, set(clusters))

    def _face_spaces(self, artifact_ids: Sequence[str]) -> list[EmbeddingSpace]:
        rows = self._connection.execute(
            load_sql(_HERE, "face_spaces_of"), {"artifact_ids": list(artifact_ids)}
        )
        return [
            EmbeddingSpace(EmbeddingKind.FACE, row.model, row.model_version, row.dimension)
            for row in rows
        ]

    def _clusters(self) -> list[str]:
        query = select(people.c.cluster_id).where(people.c.effective_id == self._person.cluster_id)
        return sorted(self._connection.execute(query).scalars())

    def _unassigned(self) -> Sequence[Any]:
        return self._connection.execute(
            load_sql(_HERE, "unassigned_faces"), {"library_slug": self._person.library_slug}
        ).all()

    def _may_still_hold(self, contents: Collection[str]) -> list[str]:
        held = [
            "the films, and their cached frames and previews, show the person as before",
            "pictures of faces that Dagster's event log keeps with what it was told of these films"
            " (Dagster's own `asset wipe faces` removes them, with the history of that asset)",
            "backups and copies of the database or the documents made before now",
            "the database's own files, until Postgres has vacuumed and its log has gone round",
        ]
        query = (
            select(func.count())
            .select_from(asset)
            .where(
                asset.c.content_hash == one_of(contents),
                asset.c.library_slug != self._person.library_slug,
            )
        )
        if elsewhere := self._connection.execute(query).scalar_one():
            held.append(f"{elsewhere} copies of these films in other libraries, with their people")
        if damaged := _unreadable(self._index):
            held.append(f"{damaged} damaged documents of stage {_STAGE}, of films unknown")
        return held


def generations_told(engine: Engine, vectors_root: Path | None) -> list[str]:
    """In sentences, which generations of vector indexes may hold erased vectors."""
    elsewhere = "that other machines keep" if vectors_root else "written before now"
    told = [
        f"generations of the vector index {elsewhere}, until each is replaced;"
        " no search finds what they hold"
    ]
    try:
        names = []
        if vectors_root is not None:
            sweep_leftovers(vectors_root, engine)
            names = generations_holding(vectors_root, engine)
    except (OSError, RushesError, SQLAlchemyError):
        # The person is erased already, and this cannot be asked a second time.
        return [*told, "maybe some here, which cannot be read now: see `rushes vectors status`"]
    for key, generations in groupby(names, lambda name: name.partition("/")[0]):
        held = ", ".join(name.partition("/")[2] for name in generations)
        told.append(
            f"of the vector index {key} the generations {held}, until they are replaced"
            f" (`rushes vectors rebuild --space {key}` does it now)"
        )
    return told


def lookalikes(
    faces: Sequence[Any], unassigned: Sequence[Any], options: ClusteringOptions
) -> list[str]:
    """Artifact ids of the unassigned faces that look as much like the person as its own do."""
    likeness: dict[tuple[str, str, int], Likeness[str]] = {}
    for face in faces:
        if face.is_exemplar and face.vector is not None:
            space = (face.model, face.model_version, face.dimension)
            if space not in likeness:
                likeness[space] = Likeness(face.dimension, options.exemplars_compared)
            likeness[space].add("person", unit(np.frombuffer(face.vector, dtype="<f4")))
    found = []
    for face in unassigned:
        known = likeness.get((face.model, face.model_version, face.dimension))
        vector = unit(np.frombuffer(face.vector, dtype="<f4"))
        if known is not None and known.at_least(vector, options.threshold):
            found.append(face.artifact_id)
    return found


def delete_documents(index: DocumentIndex, content_hashes: Collection[str]) -> list[str]:
    """Delete the documents of the faces stage on that content, failed ones too."""
    folder = index.stage_folder(_STAGE)
    if not folder.path.is_dir():
        return []
    with folder.locked():
        doomed = [each.doc_id for each in index.walk(_STAGE) if each.content_hash in content_hashes]
        for doc_id in doomed:
            # The metadata last: until then another try finds the document again.
            for file in folder.document_folder(doc_id).iterdir():
                if file != folder.metadata_path(doc_id):
                    file.unlink()
            shutil.rmtree(folder.document_folder(doc_id))
        if doomed:
            index.latest(_STAGE).repair()
    return doomed


def _unreadable(index: DocumentIndex) -> int:
    return sum(not isinstance(row, Document) for row in index.stage_folder(_STAGE).scan())
