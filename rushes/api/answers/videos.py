"""Answers about films."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from rushes.api.answers.base import Answer


class VideoAnswer(Answer):
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


class VideosAnswer(Answer):
    """A page of films, oldest first."""

    total: int
    videos: list[VideoAnswer]
