"""Deleting a film."""

from __future__ import annotations

from fastapi import APIRouter, Request

from rushes.api.access import Actor
from rushes.api.answers.deletion import DeletedAnswer, RemovedAnswer
from rushes.api.parameters import VideoId
from rushes.api.problems import problem_responses
from rushes.errors import NotFoundError
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.deletion import EarlierDeletion, FilmDeletion, earlier_deletion
from rushes.pipeline.runner import required

_LOCK_WAIT_SECONDS = 5.0
"""How long a request waits for a scan of the library."""


def router(context: PipelineContext) -> APIRouter:
    """`DELETE /v1/videos/{video_id}`."""
    routes = APIRouter(tags=["videos"])

    @routes.delete("/v1/videos/{video_id}", responses=problem_responses(401, 404, 409, 422, 503))
    def delete_video(video_id: VideoId, actor: Actor, request: Request) -> DeletedAnswer:
        """Delete all that is kept of a film, for good. Its file in the library stays.

        Scans leave that file alone afterwards; it comes back as a new film when it changes, moves,
        or is indexed by its own path. 409 `in_flight` while a run is queued for or at work on the
        film, 503 `no_runner` where this server cannot know that. A deletion that was cut short is
        finished by the same request.
        """
        if (earlier := _earlier(context, video_id)) is not None:
            return _answer(video_id, earlier, already_deleted=True)
        runner = required(request.app.state.runner)
        deletion = FilmDeletion(context, runner, actor, lock_wait_seconds=_LOCK_WAIT_SECONDS)
        try:
            deletion.delete([video_id])
        except NotFoundError:  # perhaps by another request, a moment ago
            if (earlier := _earlier(context, video_id)) is None:
                raise
            return _answer(video_id, earlier, already_deleted=True)
        return _answer(video_id, _known(context, video_id), already_deleted=False)

    return routes


def _earlier(context: PipelineContext, video_id: str) -> EarlierDeletion | None:
    with context.engine.connect() as connection:
        return earlier_deletion(connection, video_id)


def _known(context: PipelineContext, video_id: str) -> EarlierDeletion:
    deletion = _earlier(context, video_id)
    assert deletion is not None, "written in the transaction that deleted the film"
    return deletion


def _answer(video_id: str, deletion: EarlierDeletion, *, already_deleted: bool) -> DeletedAnswer:
    return DeletedAnswer(
        video_id=video_id,
        deleted_at=deletion.at,
        already_deleted=already_deleted,
        removed=RemovedAnswer.model_validate(deletion.removed),
    )
