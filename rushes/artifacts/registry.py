"""Which model a payload of (type, schema version) must fit."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError

from rushes.artifacts import schemas
from rushes.artifacts.vocabulary import ArtifactType
from rushes.errors import InvalidRequestError, RushesError


class SchemaNotFoundError(RushesError):
    """No schema is registered for that artifact type and version."""

    code = "schema_not_found"


class SchemaConflictError(RushesError):
    """Another schema is registered under that artifact type and version."""

    code = "schema_conflict"


class SchemaRegistry:
    """(artifact_type, schema_version) -> pydantic model. Every version ever written stays here."""

    def __init__(self) -> None:
        self._models: dict[tuple[str, int], type[BaseModel]] = {}

    def register(self, artifact_type: str, version: int, model: type[BaseModel]) -> None:
        """Add a schema; the same one again is a no-op, another one a SchemaConflictError."""
        present = self._models.setdefault((artifact_type, version), model)
        if present is not model:
            raise SchemaConflictError(
                f"{artifact_type} version {version} is {present.__name__}, not {model.__name__}",
                remedy="register a changed payload under a new version",
            )

    def model(self, artifact_type: str, version: int) -> type[BaseModel]:
        """The model of that type and version, or SchemaNotFoundError."""
        try:
            return self._models[artifact_type, version]
        except KeyError:
            raise SchemaNotFoundError(
                f"no schema for {artifact_type} version {version}",
                remedy="register it in rushes/artifacts/registry.py",
            ) from None

    def parse(self, artifact_type: str, version: int, payload: dict[str, Any]) -> BaseModel:
        """The payload as its model, or InvalidRequestError naming the field that is wrong.

        Nothing is converted: what stands in a row is what its schema says, not what it allows.
        """
        return self._validated(artifact_type, version, _json(artifact_type, payload))

    def checked_json(self, artifact_type: str, version: int, payload: dict[str, Any]) -> str:
        """The payload as JSON for Postgres, checked like `parse` does."""
        text = _json(artifact_type, payload)
        self._validated(artifact_type, version, text)
        if _NUL.search(text):
            raise _bad(artifact_type, "a text holds the character NUL, which Postgres cannot store")
        return text

    def _validated(self, artifact_type: str, version: int, text: str) -> BaseModel:
        model = self.model(artifact_type, version)
        try:
            return model.model_validate_json(text, strict=True)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"])) or "payload"
            raise _bad(f"{artifact_type} version {version}", f"{where}: {first['msg']}") from error

    def __iter__(self) -> Iterator[tuple[str, int]]:
        return iter(sorted(self._models))


_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
"""An escaped NUL, and not a backslash before `u0000`."""


def _json(artifact_type: str, payload: dict[str, Any]) -> str:
    try:
        text = json.dumps(payload, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise _bad(artifact_type, f"no JSON: {error}") from error
    return text


def _bad(what: str, reason: str) -> InvalidRequestError:
    return InvalidRequestError(f"{what}: {reason}", code="bad_payload")


def default_registry() -> SchemaRegistry:
    """A registry with every schema of Rushes."""
    registry = SchemaRegistry()
    first: dict[ArtifactType, type[BaseModel]] = {
        ArtifactType.TRANSCRIPT_SEGMENT: schemas.TranscriptSegmentV1,
        ArtifactType.SCENE: schemas.SceneV1,
        ArtifactType.OBJECT_DETECTION: schemas.ObjectDetectionV1,
        ArtifactType.FACE_DETECTION: schemas.FaceDetectionV1,
        ArtifactType.PLACE_CLASSIFICATION: schemas.PlaceClassificationV1,
        ArtifactType.OCR_TEXT: schemas.OcrTextV1,
        ArtifactType.VIDEO_METADATA: schemas.VideoMetadataV1,
        ArtifactType.FRAME_EMBEDDING: schemas.FrameEmbeddingV1,
        ArtifactType.TEXT_EMBEDDING: schemas.TextEmbeddingV1,
    }
    for artifact_type, model in first.items():
        registry.register(artifact_type, 1, model)
    return registry
