"""The stage's raw output: what was seen of each face, as JSON, and the artifacts it means."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from rushes.analysis.faces.face import Face, Floats
from rushes.analysis.protocol import Embedding, Finding
from rushes.artifacts.schemas import BoundingBox, FaceDetectionV1, Point
from rushes.artifacts.vocabulary import ArtifactType, EmbeddingKind
from rushes.media.cache_entry import SampledFrame

_PLACE_DIGITS = 2
_SCORE_DIGITS = 4


def raw_frame(frame: SampledFrame, faces: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A sampled frame and what was seen in it; also of a frame without faces."""
    return {
        "frame_number": frame.frame_number,
        "start_ms": frame.time_ms,
        "end_ms": frame.end_ms,
        "width": frame.width,
        "height": frame.height,
        "faces": list(faces),
    }


def raw_face(face: Face, quality: float, vector: Floats | None) -> dict[str, Any]:
    """A face: box as x, y, width, height, landmarks as x, y pairs, all pixels of the frame."""
    box = face.box
    landmarks = [] if face.landmarks is None else face.landmarks.tolist()
    return {
        "box": [_place(value) for value in (box.x, box.y, box.width, box.height)],
        "score": round(min(1.0, face.score), _SCORE_DIGITS),
        "landmarks": [[_place(x), _place(y)] for x, y in landmarks],
        "quality": round(quality, _SCORE_DIGITS),
        "vector": None if vector is None else _encoded(vector),
    }


def findings_of(raw: dict[str, Any]) -> Iterator[Finding]:
    """One `face.detection` a face, by frame and falling score."""
    for frame in raw["frames"]:
        for face in frame["faces"]:
            yield Finding(
                ArtifactType.FACE_DETECTION,
                frame["start_ms"],
                frame["end_ms"],
                _payload(frame, face),
                embedding=_embedding(raw, face),
            )


def _payload(frame: dict[str, Any], face: dict[str, Any]) -> dict[str, Any]:
    x, y, width, height = face["box"]
    return FaceDetectionV1(
        confidence=face["score"],
        bounding_box=BoundingBox(x=x, y=y, width=width, height=height),
        frame_number=frame["frame_number"],
        landmarks=tuple(Point(x=x, y=y) for x, y in face["landmarks"]),
        quality=face["quality"],
        frame_width=frame["width"],
        frame_height=frame["height"],
    ).model_dump(mode="json")


def _embedding(raw: dict[str, Any], face: dict[str, Any]) -> Embedding | None:
    if face["vector"] is None:
        return None
    return Embedding(
        EmbeddingKind.FACE,
        raw["embedding_model"],
        raw["embedding_model_version"],
        base64.b64decode(face["vector"]),
    )


def _encoded(vector: Floats) -> str:
    return base64.b64encode(np.asarray(vector, "<f4").tobytes()).decode("ascii")


def _place(value: float) -> float:
    return round(float(value), _PLACE_DIGITS)
