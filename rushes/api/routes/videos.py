"""The films."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from rushes.api.answers.coverage import CoverageAnswer
from rushes.api.answers.videos import VideoAnswer, VideoDetail, VideosAnswer
from rushes.api.etag import Revalidated
from rushes.api.parameters import Cursor, VideoId, clean_or_none
from rushes.api.problems import problem_responses
from rushes.artifacts.coverage import coverage, origins_of
from rushes.library.pages import VideoFilter, VideoState, video_page
from rushes.library.repository import get_video
from rushes.navigation.cursor import decode, encode
from rushes.pipeline.context import PipelineContext


def router(context: PipelineContext) -> APIRouter:
    """`/v1/videos` and `/v1/videos/{video_id}`."""
    routes = APIRouter(prefix="/v1/videos", tags=["videos"], route_class=Revalidated)

    @routes.get("")
    def list_videos(
        library: Annotated[str | None, Query(description="slug of a library")] = None,
        state: Annotated[
            VideoState | None, Query(description="whether its file is there", examples=["present"])
        ] = None,
        favorite: Annotated[
            bool | None, Query(description="only favourites, or only others", examples=[True])
        ] = None,
        cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        offset: Annotated[
            int, Query(ge=0, le=2**31, description="films to leave out after the cursor")
        ] = 0,
    ) -> VideosAnswer:
        """The films, oldest first.

        A cursor goes on right after the film that a page ended with, whatever was added or
        deleted in the meantime; an offset counts anew each time.
        """
        after = None if cursor is None else str(decode(cursor, str)[0])
        only = VideoFilter(clean_or_none(library), state, favorite)
        with context.engine.connect() as connection:
            page = video_page(connection, only, after=after, limit=limit, offset=offset)
        return VideosAnswer(
            total=page.total,
            videos=[VideoAnswer.model_validate(video) for video in page.videos],
            cursor=encode((page.videos[-1].asset_id,)) if page.has_more else None,
        )

    @routes.get("/{video_id}", responses=problem_responses(404))
    def get_one_video(video_id: VideoId) -> VideoDetail:
        """One film, and what it has by stage. From the database alone: its drive may be away."""
        video = get_video(context.engine, video_id)
        with context.engine.connect() as connection:
            stages = coverage(connection, [video_id]).get(video_id, {})
        return VideoDetail(
            **VideoAnswer.model_validate(video).model_dump(),
            content_hash=video.content_hash,
            missing_since=video.missing_since,
            created_at=video.created_at,
            updated_at=video.updated_at,
            origins=list(origins_of(stages)),
            stages={name: CoverageAnswer.model_validate(each) for name, each in stages.items()},
        )

    return routes
