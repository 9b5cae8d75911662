"""Which faces a split means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from rushes.db.people_tables import face_assignments, people
from rushes.db.tables import artifacts
from rushes.errors import InvalidRequestError
from rushes.people.listing import Occurrence, Person, joined


@dataclass(frozen=True, slots=True)
class FilmSpan:
    """A stretch of one film in ms. Without an end: the whole appearance around `start_ms`."""

    asset_id: str
    start_ms: int
    end_ms: int | None = None


def faces_to_separate(
    connection: Connection,
    person: Person,
    spans: Sequence[FilmSpan],
    artifact_ids: Sequence[str],
) -> list[str]:
    """Artifact ids of the person's faces in `spans`, in every run, and those of `artifact_ids`.

    InvalidRequestError `nothing_to_split` where that is none, all, or somebody else's.
    """
    faces = _faces_of(connection, person)
    known = {face.artifact_id for face in faces}
    if strangers := sorted(set(artifact_ids) - known):
        raise _refused(f"face {strangers[0]!r} is none of {_called(person)}")
    chosen = set(artifact_ids)
    for span in spans:
        start_ms, end_ms = _bounds(faces, person, span)
        chosen |= {
            face.artifact_id
            for face in faces
            if face.asset_id == span.asset_id
            and face.span_start_ms < end_ms
            and face.span_end_ms > start_ms
        }
    if not chosen:
        raise _refused(f"{_called(person)} is not seen there")
    if chosen == known:
        raise _refused(f"those are all faces of {_called(person)}: there is nobody to split from")
    return sorted(chosen)


def _bounds(faces: Sequence[Any], person: Person, span: FilmSpan) -> tuple[int, int]:
    if span.end_ms is not None:
        return span.start_ms, span.end_ms
    seen = [
        Occurrence(face.asset_id, "", face.span_start_ms, face.span_end_ms)
        for face in faces
        if face.asset_id == span.asset_id
    ]
    for each in joined(seen):
        if each.start_ms <= span.start_ms < each.end_ms:
            return each.start_ms, each.end_ms
    raise _refused(f"{_called(person)} is not seen at {span.start_ms} ms of that film")


def _faces_of(connection: Connection, person: Person) -> Sequence[Any]:
    faces = face_assignments
    query = (
        select(
            artifacts.c.artifact_id,
            artifacts.c.asset_id,
            artifacts.c.span_start_ms,
            artifacts.c.span_end_ms,
        )
        .join(faces, faces.c.artifact_id == artifacts.c.artifact_id)
        .join(people, people.c.cluster_id == func.coalesce(faces.c.split_id, faces.c.cluster_id))
        .where(people.c.effective_id == person.cluster_id)
        .order_by(artifacts.c.asset_id, artifacts.c.span_start_ms)
    )
    return connection.execute(query).all()


def _called(person: Person) -> str:
    return repr(person.name or person.cluster_id)


def _refused(what: str) -> InvalidRequestError:
    return InvalidRequestError(
        what, code="nothing_to_split", remedy="rushes people show tells where the person is seen"
    )
