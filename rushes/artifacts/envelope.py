"""The envelope that every artifact travels in."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from rushes.artifacts.vocabulary import ArtifactType, ModelProfile
from rushes.errors import InvalidRequestError


@dataclass(frozen=True, slots=True)
class ArtifactEnvelope:
    """One immutable, time-spanned statement about one film.

    Times are milliseconds from the first video frame, half-open: 0 <= start < end.
    Raises InvalidRequestError where a field is empty or the span is not one.
    """

    artifact_id: str
    asset_id: str
    artifact_type: ArtifactType
    schema_version: int
    span_start_ms: int
    span_end_ms: int
    payload: dict[str, Any]
    producer: str
    producer_version: str
    model_profile: ModelProfile
    config_hash: str
    input_hash: str
    run_id: str
    created_at: datetime

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is None or value == "":
                raise _invalid(field.name, "must not be empty", value)
        if self.schema_version < 1:
            raise _invalid("schema_version", "must be at least 1", self.schema_version)
        if not 0 <= self.span_start_ms < self.span_end_ms:
            span = (self.span_start_ms, self.span_end_ms)
            raise _invalid("span", "needs 0 <= start < end", span)
        if not isinstance(self.payload, dict):
            raise _invalid("payload", "must be an object", self.payload)


def _invalid(field: str, rule: str, value: object) -> InvalidRequestError:
    return InvalidRequestError(f"artifact field {field} {rule}, got {value!r}", code="bad_artifact")
