"""Pictures, films and pieces of films. Reading, so without a key; nothing is ever written."""

from __future__ import annotations

import threading
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request, Response

from rushes.api.clip_answer import ClipRequest, Clips
from rushes.api.parameters import VideoId, clean_or_none
from rushes.api.problems import problem_responses
from rushes.api.stream_answer import stream_answer
from rushes.api.thumbnail_answer import thumbnail_answer
from rushes.library.repository import get_video
from rushes.media.clip import ClipMode
from rushes.media.thumbnail import MAX_WIDTH, MIN_WIDTH
from rushes.pipeline.context import PipelineContext

_LONGEST_MS = 2**53 - 1
"""What every client can say exactly."""

Milliseconds = Annotated[int, Query(ge=0, le=_LONGEST_MS)]


def router(context: PipelineContext) -> APIRouter:
    """`thumbnails/{ms}`, `stream` and `clip` of `/v1/videos/{video_id}`."""
    routes = APIRouter(prefix="/v1/videos/{video_id}", tags=["media"])
    _add_thumbnail(routes, context)
    _add_stream(routes, context)
    _add_clip(routes, context)
    return routes


def _add_thumbnail(routes: APIRouter, context: PipelineContext) -> None:
    @routes.get(
        "/thumbnails/{ms}",
        response_class=Response,
        responses={
            200: {"content": {"image/jpeg": {}}, "description": "The picture"},
            304: {"description": "It is the one that If-None-Match names"},
            **problem_responses(404),
        },
    )
    def get_thumbnail(
        video_id: VideoId,
        ms: Annotated[
            int, Path(ge=0, le=_LONGEST_MS, description="since the first frame", examples=[12000])
        ],
        width: Annotated[
            int | None,
            Query(ge=MIN_WIDTH, le=MAX_WIDTH, description="pixels; never more than is kept"),
        ] = None,
        content: Annotated[
            str | None,
            Query(description="content_hash of the film; then the answer holds for a year"),
        ] = None,
        if_none_match: Annotated[str | None, Header()] = None,
    ) -> Response:
        """The sampled picture of a moment. From the cache: the drive may be away.

        `X-Rushes-Frame-Ms` says of which moment the picture really is.
        """
        film = get_video(context.engine, video_id)
        given = clean_or_none(content)
        return thumbnail_answer(context, film, ms, width, given, if_none_match)


def _add_stream(routes: APIRouter, context: PipelineContext) -> None:
    def stream_video(video_id: VideoId, request: Request) -> Response:
        """The film's file as it is, whole or a range of bytes."""
        return stream_answer(get_video(context.engine, video_id), request)

    described: dict[int | str, dict[str, Any]] = {
        200: {"content": {"video/*": {}}, "description": "The file"},
        206: {"content": {"video/*": {}}, "description": "The range of it that was asked for"},
        304: {"description": "It is the one that If-None-Match names"},
        **problem_responses(404, 409, 416, 503),
    }
    routes.get("/stream", response_class=Response, responses=described)(stream_video)
    routes.head("/stream", response_class=Response, include_in_schema=False)(stream_video)


def _add_clip(routes: APIRouter, context: PipelineContext) -> None:
    clips = Clips(context.settings, threading.BoundedSemaphore(context.settings.clip_exports))

    @routes.get(
        "/clip",
        response_class=Response,
        responses={
            200: {"content": {"video/mp4": {}}, "description": "The clip"},
            304: {"description": "It is the one that If-None-Match names"},
            **problem_responses(404, 409, 422, 503),
        },
    )
    async def export_clip(
        video_id: VideoId,
        request: Request,
        from_ms: Milliseconds,
        to_ms: Milliseconds,
        mode: Annotated[
            ClipMode, Query(description="copy: 422 `not_exact` rather than encoding")
        ] = ClipMode.AUTO,
    ) -> Response:
        """A part of a film as an MP4 file, to the frame: the frames that begin in [from_ms, to_ms).

        Copied as it is stored where that is exact, else encoded; `X-Rushes-Clip` says which, and
        the exact span. Made anew for each request, and stopped when the client leaves.
        """
        wanted = ClipRequest(video_id, from_ms, to_ms, mode)
        return await clips.answer(request, wanted, lambda: get_video(context.engine, video_id))
