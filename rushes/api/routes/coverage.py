"""What a film has by stage, and where it comes from."""

from __future__ import annotations

from fastapi import APIRouter

from rushes.api.answers.coverage import CoverageAnswer, StagesAnswer
from rushes.api.parameters import VideoId
from rushes.api.problems import problem_responses
from rushes.artifacts.coverage import coverage, origins_of
from rushes.library.repository import get_video
from rushes.pipeline.context import PipelineContext


def router(context: PipelineContext) -> APIRouter:
    """`/v1/videos/{video_id}/stages`."""
    routes = APIRouter(tags=["videos"])

    @routes.get("/v1/videos/{video_id}/stages", responses=problem_responses(404))
    def get_stages(video_id: VideoId) -> StagesAnswer:
        """What each stage of a film answers with: analysed, imported or corrected by people.

        Where a stage's last try failed, `failure` says why, whatever an earlier one found.
        """
        with context.engine.connect() as connection:
            found = coverage(connection, [video_id]).get(video_id)
        if found is None:
            get_video(context.engine, video_id)  # says that there is none
        stages = found or {}
        return StagesAnswer(
            video_id=video_id,
            origins=list(origins_of(stages)),
            stages={name: CoverageAnswer.model_validate(each) for name, each in stages.items()},
        )

    return routes
