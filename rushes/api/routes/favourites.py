"""Favourites: films, and scenes by their span."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Path, Query

from rushes.api.access import Actor
from rushes.api.answers.favourites import FavouriteAnswer, FavouritesAnswer, FavouriteState
from rushes.api.etag import Revalidated
from rushes.api.parameters import Cursor, VideoId, clean, clean_or_none
from rushes.api.problems import problem_responses
from rushes.library.favourites import (
    FavouriteKind,
    Place,
    add_scene,
    favourites,
    remove_scene,
    set_film,
)
from rushes.navigation.cursor import decode, encode
from rushes.pipeline.context import PipelineContext

SceneId = Annotated[str, Path(description="artifact_id of a scene", examples=["a5f1c09d2b7e4"])]


def router(context: PipelineContext) -> APIRouter:
    """`/v1/favorites` and the marks on films and scenes."""
    routes = APIRouter(prefix="/v1", tags=["favourites"], route_class=Revalidated)

    @routes.get("/favorites")
    def list_favorites(
        kind: Annotated[
            FavouriteKind | None, Query(description="only films, or only scenes", examples=["film"])
        ] = None,
        library: Annotated[str | None, Query(description="slug of a library")] = None,
        cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> FavouritesAnswer:
        """Films and scenes that people marked."""
        after = None if cursor is None else cast(Place, decode(cursor, str, int, int))
        slug = clean_or_none(library)
        with context.engine.connect() as connection:
            found = favourites(connection, kind=kind, library=slug, after=after, limit=limit + 1)
        page = found[:limit]
        return FavouritesAnswer(
            favorites=[FavouriteAnswer.model_validate(each) for each in page],
            cursor=encode(page[-1].place) if len(found) > limit else None,
        )

    @routes.put("/videos/{video_id}/favorite", responses=problem_responses(404))
    def add_favorite_video(video_id: VideoId, actor: Actor) -> FavouriteState:
        """Mark a film. Once more changes nothing."""
        with context.engine.begin() as connection:
            set_film(connection, actor, video_id, is_favourite=True)
        return FavouriteState(is_favorite=True)

    @routes.delete("/videos/{video_id}/favorite", responses=problem_responses(404))
    def remove_favorite_video(video_id: VideoId, actor: Actor) -> FavouriteState:
        """Mark a film no more."""
        with context.engine.begin() as connection:
            set_film(connection, actor, video_id, is_favourite=False)
        return FavouriteState(is_favorite=False)

    @routes.put("/scenes/{artifact_id}/favorite", responses=problem_responses(404))
    def add_favorite_scene(artifact_id: SceneId, actor: Actor) -> FavouriteState:
        """Mark a scene.

        What is kept is its span on the film's content: after a new scene detection it is the scene
        that covers most of it.
        """
        with context.engine.begin() as connection:
            add_scene(connection, actor, clean(artifact_id))
        return FavouriteState(is_favorite=True)

    @routes.delete("/scenes/{artifact_id}/favorite", responses=problem_responses(404))
    def remove_favorite_scene(artifact_id: SceneId, actor: Actor) -> FavouriteState:
        """Mark a scene no more, by whichever span it was marked."""
        with context.engine.begin() as connection:
            remove_scene(connection, actor, clean(artifact_id))
        return FavouriteState(is_favorite=False)

    return routes
