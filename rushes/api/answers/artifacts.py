"""Answers about artifacts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rushes.api.answers.base import Answer


class ArtifactAnswer(Answer):
    """One artifact with its whole envelope."""

    artifact_id: str
    asset_id: str
    artifact_type: str
    schema_version: int
    span_start_ms: int
    span_end_ms: int
    payload: dict[str, Any]
    producer: str
    producer_version: str
    model_profile: str
    config_hash: str
    input_hash: str
    run_id: str
    created_at: datetime


class ArtifactsAnswer(Answer):
    """What the selected runs say of a film, in order of (start, artifact_id)."""

    asset_id: str
    artifacts: list[ArtifactAnswer]
