"""Who is meant where a face is asked for."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from rushes.artifacts.vocabulary import ArtifactType
from rushes.errors import InvalidRequestError, NotFoundError
from rushes.people.listing import Person, find_person
from rushes.similar.known_vectors import KnownArtifact, known_artifact

_AMBIGUOUS = "ambiguous_person"


def person_asked(
    connection: Connection, text: str, libraries: Sequence[str]
) -> Person | KnownArtifact:
    """The person of that id or name, else the face of that artifact id.

    A name that several libraries know is meant in the one of `libraries`, where that is one.
    NotFoundError `person_not_found`, InvalidRequestError `ambiguous_person`.
    """
    try:
        return find_person(connection, text)
    except InvalidRequestError as error:
        if error.code != _AMBIGUOUS or len(set(libraries)) != 1:
            raise
        return find_person(connection, text, libraries[0])
    except NotFoundError as unknown:
        return _face(connection, text, unknown)


def _face(connection: Connection, text: str, unknown: NotFoundError) -> KnownArtifact:
    try:
        artifact = known_artifact(connection, text)
    except NotFoundError:
        raise unknown from None
    if artifact.artifact_type != ArtifactType.FACE_DETECTION:
        raise unknown
    return artifact
