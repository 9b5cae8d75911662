"""What people correct: written, listed, withdrawn."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from rushes.api.access import Actor
from rushes.api.answers.corrections import (
    CorrectionAnswer,
    CorrectionBody,
    CorrectionMade,
    CorrectionsAnswer,
)
from rushes.api.parameters import VideoId, clean
from rushes.api.problems import problem_responses
from rushes.artifacts.correction_list import corrections_of
from rushes.artifacts.corrections import CorrectionItem, correct, withdraw
from rushes.library.repository import get_video
from rushes.pipeline.context import PipelineContext


def router(context: PipelineContext) -> APIRouter:
    """`/v1/videos/{video_id}/corrections` and `/v1/corrections`."""
    routes = APIRouter(tags=["corrections"])

    @routes.post(
        "/v1/videos/{video_id}/corrections",
        status_code=201,
        responses=problem_responses(401, 404, 422, 503),
    )
    def add_correction(video_id: VideoId, body: CorrectionBody, actor: Actor) -> CorrectionMade:
        """Say what stands in a span. It takes the place of what it overlaps for the most part.

        What the payload leaves unsaid is taken from what it replaces.
        """
        items = [CorrectionItem(each.start_ms, each.end_ms, each.payload) for each in body.items]
        with context.engine.begin() as connection:
            run_id = correct(connection, context.artifacts, video_id, body.type, items, actor)
        return CorrectionMade(run_id=run_id)

    @routes.get("/v1/videos/{video_id}/corrections", responses=problem_responses(404, 503))
    def list_corrections(video_id: VideoId) -> CorrectionsAnswer:
        """A film's corrections, newest first, and what each replaces."""
        video = get_video(context.engine, video_id)
        with context.engine.connect() as connection:
            found = corrections_of(connection, video.asset_id)
        return CorrectionsAnswer(
            asset_id=video.asset_id,
            corrections=[CorrectionAnswer.model_validate(each) for each in found],
        )

    @routes.delete(
        "/v1/corrections/{run_id}", status_code=204, responses=problem_responses(401, 404, 503)
    )
    def withdraw_correction(run_id: Annotated[str, Path()], actor: Actor) -> None:
        """Take a correction back: what it replaced answers again."""
        with context.engine.begin() as connection:
            withdraw(connection, clean(run_id), actor)

    return routes
