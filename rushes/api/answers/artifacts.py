"""Answers about artifacts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

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


class OneArtifactAnswer(ArtifactAnswer):
    """One artifact, and where its run comes from."""

    origin: str = Field(description="analysed, imported or human")


class ArtifactsAnswer(Answer):
    """What answers for a film, in order of (start, artifact_id), a page of it."""

    asset_id: str
    origins: dict[str, str] = Field(
        description="of each run_id below: analysed, imported, or human for a correction"
    )
    artifacts: list[ArtifactAnswer]
    cursor: str | None = Field(description="of the next page; null: this is the last")


class ProducedAnswer(Answer):
    """What a producer made, in order of (asset_id, start, artifact_id), a page of it."""

    origins: dict[str, str] = Field(
        description="of each run_id below: analysed, imported, or human for a correction"
    )
    artifacts: list[ArtifactAnswer]
    cursor: str | None = Field(description="of the next page; null: this is the last")


class RunFactsAnswer(Answer):
    """The run that made an artifact."""

    run_id: str
    asset_id: str
    content_version: int
    stage: str
    origin: str = Field(description="analysed, imported or human")
    status: str
    model_profile: str
    producer: str
    producer_version: str
    config_hash: str
    input_hash: str
    language: str | None
    doc_id: str | None = Field(description="the document that the results were read from")
    dagster_run_id: str | None
    attempt: int
    started_at: datetime
    finished_at: datetime | None
    counts: dict[str, Any]
    timings: dict[str, float] = Field(description="seconds")


class ProvenanceAnswer(Answer):
    """Where an artifact comes from, and what stands in for it."""

    artifact: ArtifactAnswer
    run: RunFactsAnswer
    is_current: bool = Field(description="it is of the film's present content")
    answers: bool = Field(description="it is shown by the stored policy")
    replaces: list[str] = Field(description="artifact ids; of a correction")
    replaced_by: list[str] = Field(description="artifact ids of corrections")
