"""Answers about films that were deleted."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from rushes.api.answers.base import Answer


class RemovedAnswer(Answer):
    """How much was kept of the film and is gone now."""

    asset_id: str
    library_slug: str
    path: str = Field(description="relative to the library's root; the file is still there")
    state: str = Field(description="present or missing, as the last scan saw it")
    runs: int
    corrections: int = Field(description="the runs among them that people made")
    artifacts: int
    vectors: int
    faces: int = Field(description="that were put to people")
    favourites: int
    documents: int = Field(description="those that another film of the same content needs stay")
    cache_bytes: int


class DeletedAnswer(Answer):
    """What was deleted. The same request again answers the same, and changes nothing."""

    video_id: str
    deleted_at: datetime
    already_deleted: bool = Field(description="it was gone before this request")
    removed: RemovedAnswer
