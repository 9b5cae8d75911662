"""What the HTTP API answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from rushes.search.sources import Source


class _Answer(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class VideoAnswer(_Answer):
    """One film, from Postgres alone."""

    asset_id: str
    library_slug: str
    path: str = Field(description="relative to the library's root")
    content_version: int
    size_bytes: int
    state: str = Field(description="present or missing")
    duration_ms: int | None
    capture_time: datetime | None
    preview_ready: bool
    playable: bool
    searchable: bool
    offline_ready: bool
    is_favorite: bool
    library_status: str = Field(description="online or offline")
    volume_label: str | None


class VideosAnswer(_Answer):
    """A page of films, oldest first."""

    total: int
    videos: list[VideoAnswer]


class ArtifactAnswer(_Answer):
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


class ArtifactsAnswer(_Answer):
    """What the selected runs say of a film, in order of (start, artifact_id)."""

    asset_id: str
    artifacts: list[ArtifactAnswer]


class HitAnswer(_Answer):
    """A moment that answers a search."""

    asset_id: str
    library: str
    path: str
    start_ms: int = Field(description="when the words were said, or first stand on screen")
    end_ms: int
    segment_start_ms: int
    segment_end_ms: int
    snippet: str = Field(description="HTML-escaped, <mark> around what was hit")
    text: str
    kind: str = Field(description="the same as source")
    source: Source = Field(description="transcript: it was said; ocr: it is written on screen")
    artifact_id: str
    run_id: str
    score: float
    producer: str
    model_profile: str
    origin: str
    library_status: str
    volume_label: str | None
    capture_time: datetime | None


class SearchAnswerModel(_Answer):
    """Hits, best first."""

    query: str
    search_source: str = Field(description="the engine that answered")
    matched: str = Field(description="words, letters or any_word: how closely hits follow")
    took_ms: float
    hits: list[HitAnswer]


class Health(_Answer):
    """The server answers."""

    status: str = "ok"


class Readiness(_Answer):
    """Whether requests can be served, and what is missing."""

    ready: bool
    database: str
    schema_revision: str | None
