"""Which face of a picture is meant."""

from __future__ import annotations

from collections.abc import Sequence

from rushes.analysis.faces.asked import EmbeddedFace
from rushes.errors import InvalidRequestError
from rushes.similar.question import AskedFace


def asked_faces(seen: Sequence[EmbeddedFace], face_index: int) -> tuple[list[AskedFace], bytes]:
    """The faces that can be asked, the best first, and the vector of the one that is.

    InvalidRequestError `no_face` where there is none of that number.
    """
    faces = [(each, each.vector) for each in seen if each.vector is not None]
    if not faces:
        raise _no_face(
            "the picture shows no face"
            if not seen
            else f"the faces of the picture ({len(seen)}) are too small or blurred",
            "send one with a larger, sharper face that looks ahead",
        )
    if not 0 <= face_index < len(faces):
        raise _no_face(
            f"the picture has no face {face_index}", f"use a face_index from 0 to {len(faces) - 1}"
        )
    listed = [
        AskedFace(each.x, each.y, each.width, each.height, each.quality, number == face_index)
        for number, (each, _) in enumerate(faces)
    ]
    return listed, faces[face_index][1]


def _no_face(message: str, remedy: str) -> InvalidRequestError:
    return InvalidRequestError(message, code="no_face", remedy=remedy)
