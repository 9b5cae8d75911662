"""Faces as the clustering sees them: where, when, how good, and a unit vector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from rushes.artifacts.vocabulary import EmbeddingKind
from rushes.db.sql import load_sql
from rushes.vectors.space import EmbeddingSpace

_HERE = Path(__file__).parent

Vector = NDArray[np.float32]
Frame = tuple[str, str, int]
"""One picture of one run: film, run, frame number."""
Box = tuple[float, float, float, float]
"""Left, top, right, bottom as fractions of the frame, so that runs of two sizes compare."""


@dataclass(frozen=True, slots=True)
class Face:
    """One embedded face of one run. `vector` has the space's dimension and length one."""

    artifact_id: str
    asset_id: str
    run_id: str
    start_ms: int
    frame_number: int
    box: Box
    quality: float
    vector: Vector

    @property
    def frame(self) -> Frame:
        """The picture it is in: two faces of one picture are never one person."""
        return self.asset_id, self.run_id, self.frame_number


def relative_box(payload: dict[str, Any]) -> Box:
    """The bounding box of a `face.detection` payload as fractions of its frame."""
    box, width, height = payload["bounding_box"], payload["frame_width"], payload["frame_height"]
    left, top = box["x"] / width, box["y"] / height
    return left, top, left + box["width"] / width, top + box["height"] / height


def overlap(one: Box, other: Box) -> float:
    """Intersection over union, 0..1."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / (_area(one) + _area(other) - shared)


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def faces_of_runs(
    connection: Connection, run_ids: Sequence[str]
) -> dict[EmbeddingSpace, list[Face]]:
    """The embedded faces of these runs by space, in order of film and time."""
    faces: dict[EmbeddingSpace, list[Face]] = {}
    for row in connection.execute(load_sql(_HERE, "run_faces"), {"run_ids": list(run_ids)}):
        space = EmbeddingSpace(EmbeddingKind.FACE, row.model, row.model_version, row.dimension)
        faces.setdefault(space, []).append(
            Face(
                artifact_id=row.artifact_id,
                asset_id=row.asset_id,
                run_id=row.run_id,
                start_ms=row.span_start_ms,
                frame_number=row.payload["frame_number"],
                box=relative_box(row.payload),
                quality=row.payload["quality"],
                vector=unit(np.frombuffer(row.vector, dtype="<f4")),
            )
        )
    return faces


def unit(vector: Vector) -> Vector:
    """`vector` scaled to length one; one without length stays as it is."""
    length = float(np.linalg.norm(vector))
    return vector / np.float32(length) if length > 0 else vector
