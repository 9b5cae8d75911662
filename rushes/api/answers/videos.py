"""Answers about films."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from rushes.api.answers.base import Answer
from rushes.api.answers.coverage import CoverageAnswer
from rushes.artifacts.vocabulary import Origin


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


class VideoDetail(VideoAnswer):
    """One film with what is known of its file."""

    content_hash: str = Field(description="of its content, wherever it lies")
    missing_since: datetime | None
    created_at: datetime = Field(description="when it was first seen")
    updated_at: datetime
    origins: list[Origin] = Field(description="analysed, imported, human: all that are in it")
    stages: dict[str, CoverageAnswer] = Field(description="in the order in which they run")


class VideosAnswer(Answer):
    """A page of films, oldest first."""

    total: int = Field(description="films in all pages")
    videos: list[VideoAnswer]
    cursor: str | None = Field(description="of the next page; null on the last one")
