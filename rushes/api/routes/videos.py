"""The films."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from rushes.api.answers.videos import VideoAnswer, VideosAnswer
from rushes.api.parameters import clean_or_none
from rushes.api.problems import problem_responses
from rushes.library.repository import count_videos, list_videos
from rushes.pipeline.context import PipelineContext


def router(context: PipelineContext) -> APIRouter:
    """`/v1/videos`."""
    routes = APIRouter(prefix="/v1/videos", tags=["videos"])

    @routes.get("", responses=problem_responses(422, 503))
    def videos(
        library: Annotated[str | None, Query(description="slug of a library")] = None,
        state: Annotated[str | None, Query(pattern="^(present|missing)$")] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        offset: Annotated[int, Query(ge=0, le=2**31)] = 0,
    ) -> VideosAnswer:
        """The films, oldest first."""
        slug = clean_or_none(library)
        page = list_videos(context.engine, library=slug, state=state, limit=limit, offset=offset)
        return VideosAnswer(
            total=count_videos(context.engine, library=slug, state=state),
            videos=[VideoAnswer.model_validate(video) for video in page],
        )

    return routes
