"""Answers about libraries."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from rushes.api.answers.base import Answer


class LibraryAnswer(Answer):
    """One folder that is indexed, with the numbers of its films and files."""

    slug: str = Field(examples=["films"])
    root: str = Field(description="the folder", examples=["/volumes/films"])
    status: str = Field(description="online or offline")
    status_reason: str | None
    volume_label: str | None = Field(description="the drive it lies on")
    last_scan_at: datetime | None
    present: int = Field(description="films that are there")
    missing: int = Field(description="films that were there")
    settling: int = Field(description="files that are still being copied")
    rejected: int = Field(description="files that are no films, or cannot be read")


class LibrariesAnswer(Answer):
    """All libraries, by slug."""

    libraries: list[LibraryAnswer]
