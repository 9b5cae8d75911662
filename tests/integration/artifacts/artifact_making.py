"""Films, runs and artifacts for tests of the artifact store."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from rushes.artifacts.envelope import ArtifactEnvelope
from rushes.artifacts.hashing import artifact_id
from rushes.artifacts.runs import RunStart
from rushes.artifacts.vocabulary import ArtifactType, ModelProfile
from rushes.db.tables import asset, libraries, runs

FILM = "film"
SEGMENT, SCENE = ArtifactType.TRANSCRIPT_SEGMENT, ArtifactType.SCENE
_ON_FRAME = {"frame_width": 1280, "frame_height": 720}
_BOX = {"x": 10.0, "y": 20.0, "width": 30.0, "height": 40.0}
_CORNERS = [{"x": 0.0, "y": 0.0}, {"x": 9.0, "y": 0.0}, {"x": 9.0, "y": 9.0}]


def segment_payload(text: str = "hello there") -> dict[str, Any]:
    """A transcript segment of one word."""
    word = {"text": "hello", "start_ms": 0, "end_ms": 400, "confidence": 0.9}
    return {
        "text": text,
        "language": "en",
        "confidence": 0.75,
        "words": [word],
        "no_speech_probability": 0.05,
    }


def scene_payload(index: int = 0) -> dict[str, Any]:
    """A scene of a hundred frames."""
    return {
        "scene_index": index,
        "method": "adaptive",
        "score": None,
        "start_frame": index * 100,
        "end_frame": index * 100 + 100,
        "keyframe_ms": index * 4000 + 2000,
    }


def object_payload(number: int = 0) -> dict[str, Any]:
    """A dog in one frame."""
    return {
        **_ON_FRAME,
        "label": "dog",
        "confidence": 0.5 + number / 100,
        "bounding_box": _BOX,
        "frame_number": number,
    }


def place_payload(number: int = 0) -> dict[str, Any]:
    """A beach, or perhaps a coast."""
    return {
        "label": "beach",
        "confidence": 0.5 + number / 100,
        "alternative_labels": [{"label": "coast", "confidence": 0.25}],
        "frame_number": number,
    }


def ocr_payload(text: str = "no entry", language: str | None = "en") -> dict[str, Any]:
    """A line on a sign."""
    return {
        **_ON_FRAME,
        "text": text,
        "confidence": 0.75,
        "polygon": _CORNERS,
        "language": language,
        "first_frame_number": 0,
        "last_frame_number": 24,
    }


def metadata_payload(**changes: Any) -> dict[str, Any]:
    """A film of the Matterhorn."""
    return {
        "width": 1920,
        "height": 1080,
        "rotation": 0,
        "frame_rate_numerator": 25,
        "frame_rate_denominator": 1,
        "variable_frame_rate": False,
        "codec": "h264",
        "container": "mov",
        "duration_ms": 4000,
        "latitude": 45.9763,
        "longitude": 7.6586,
        "altitude": 4478.0,
        **changes,
    }


_PAYLOADS: dict[ArtifactType, Callable[[int], dict[str, Any]]] = {
    SCENE: scene_payload,
    ArtifactType.OBJECT_DETECTION: object_payload,
    ArtifactType.PLACE_CLASSIFICATION: place_payload,
    ArtifactType.OCR_TEXT: lambda number: ocr_payload(f"exit {number}"),
    ArtifactType.VIDEO_METADATA: lambda number: metadata_payload(altitude=float(number)),
}


def add_film(connection: Connection, asset_id: str = FILM) -> str:
    """One film in the library `films`, which is made with the first."""
    if connection.execute(select(libraries)).first() is None:
        connection.execute(insert(libraries).values(slug="films", root="/films"))
    connection.execute(
        insert(asset).values(
            asset_id=asset_id,
            library_slug="films",
            path=f"{asset_id}.mp4",
            content_hash=f"hash-{asset_id}",
            size_bytes=1,
            mtime_ns=1,
        )
    )
    return asset_id


def start(stage: str = "transcript", *, version: int = 1, asset_id: str = FILM) -> RunStart:
    """What is known of a run when it starts."""
    return RunStart(
        asset_id=asset_id,
        content_version=version,
        stage=stage,
        model_profile=ModelProfile.BALANCED,
        config_hash="configuration",
        input_hash="input",
        producer="faster-whisper",
        producer_version="1.2",
    )


def add_run(
    connection: Connection,
    stage: str = "transcript",
    *,
    status: str = "completed",
    version: int = 1,
    finished_at: datetime | None = None,
    asset_id: str = FILM,
    profile: str = "balanced",
) -> str:
    """A run as it stands after its end."""
    run_id = f"r{secrets.token_hex(8)}"
    connection.execute(
        insert(runs).values(
            run_id=run_id,
            asset_id=asset_id,
            content_version=version,
            stage=stage,
            model_profile=profile,
            config_hash="configuration",
            input_hash="input",
            producer="faster-whisper",
            producer_version="1.2",
            status=status,
            worker_key=0,
            finished_at=finished_at or datetime.now(UTC),
        )
    )
    return run_id


def envelope(
    run_id: str,
    ordinal: int = 0,
    artifact_type: ArtifactType = SEGMENT,
    payload: dict[str, Any] | None = None,
    span: tuple[int, int] | None = None,
    **changes: Any,
) -> ArtifactEnvelope:
    """An artifact of that run; its span is its ordinal's second unless given."""
    made = _PAYLOADS.get(artifact_type)
    own = made(ordinal) if made else segment_payload()
    begin, end = span or (ordinal * 1000, ordinal * 1000 + 1000)
    values: dict[str, Any] = {
        "artifact_id": artifact_id(run_id, artifact_type, ordinal),
        "asset_id": FILM,
        "artifact_type": artifact_type,
        "schema_version": 1,
        "span_start_ms": begin,
        "span_end_ms": end,
        "payload": own if payload is None else payload,
        "producer": "faster-whisper" if artifact_type is SEGMENT else "scenedetect",
        "producer_version": "1.2",
        "model_profile": ModelProfile.BALANCED,
        "config_hash": "configuration",
        "input_hash": "input",
        "run_id": run_id,
        "created_at": datetime(2024, 5, 1, 12, tzinfo=UTC),
    }
    return ArtifactEnvelope(**{**values, **changes})
