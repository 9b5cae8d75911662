"""What was found in a film."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from rushes.api.answers.artifacts import ArtifactAnswer, ArtifactsAnswer
from rushes.api.parameters import RequestedSelection, VideoId
from rushes.api.problems import problem_responses
from rushes.artifacts.selection import selected_run_ids
from rushes.artifacts.vocabulary import ArtifactType
from rushes.library.repository import get_video
from rushes.pipeline.context import PipelineContext


def router(context: PipelineContext) -> APIRouter:
    """`/v1/videos/{video_id}/artifacts`."""
    routes = APIRouter(tags=["artifacts"])

    @routes.get("/v1/videos/{video_id}/artifacts", responses=problem_responses(404, 422, 503))
    def artifacts(
        video_id: VideoId,
        selection: RequestedSelection,
        artifact_type: Annotated[ArtifactType | None, Query(alias="type")] = None,
    ) -> ArtifactsAnswer:
        """What the selected run of each stage says of a film."""
        video = get_video(context.engine, video_id)
        with context.engine.connect() as connection:
            run_ids = selected_run_ids(connection, video.asset_id, artifact_type, selection)
            found = context.artifacts.by_asset(connection, video.asset_id, artifact_type, run_ids)
        return ArtifactsAnswer(
            asset_id=video.asset_id,
            artifacts=[ArtifactAnswer.model_validate(each) for each in found],
        )

    return routes
