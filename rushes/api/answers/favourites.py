"""Answers about favourites."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from rushes.api.answers.base import Answer


class FavouriteSceneAnswer(Answer):
    """The scene that answers for a kept span now."""

    artifact_id: str
    run_id: str
    scene_index: int
    start_ms: int
    end_ms: int
    keyframe_ms: int


class FavouriteAnswer(Answer):
    """A film, or a scene by the span that was marked."""

    kind: Literal["film", "scene"]
    asset_id: str
    library_slug: str
    path: str = Field(description="relative to the library's root")
    start_ms: int | None = Field(description="of the span that was marked; null of a film")
    end_ms: int | None
    created_at: datetime | None = Field(description="when a scene was marked; null of a film")
    scene: FavouriteSceneAnswer | None = Field(
        description="the scene that covers most of the span now; null: none covers half of it"
    )


class FavouritesAnswer(Answer):
    """A page of favourites in order of film and start, a film before its scenes."""

    favorites: list[FavouriteAnswer]
    cursor: str | None = Field(description="of the next page; null on the last one")


class FavouriteState(Answer):
    """Whether it is a favourite now."""

    is_favorite: bool
