"""The runs of a film, and the profiles that there are to choose from."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from rushes.api.answers.runs import ProfileAnswer, ProfilesAnswer, RunAnswer, RunsAnswer
from rushes.api.parameters import VideoId, clean_or_none
from rushes.api.problems import problem_responses
from rushes.artifacts.run_list import profiles_of_film, runs_of_film
from rushes.artifacts.vocabulary import ArtifactType
from rushes.library.repository import get_video
from rushes.pipeline.context import PipelineContext


def router(context: PipelineContext) -> APIRouter:
    """`/v1/videos/{video_id}/runs` and `/v1/videos/{video_id}/profiles`."""
    routes = APIRouter(prefix="/v1/videos/{video_id}", tags=["runs"])

    @routes.get("/runs", responses=problem_responses(404, 422, 503))
    def list_runs(
        video_id: VideoId,
        stage: Annotated[str | None, Query(description="only runs of this stage")] = None,
    ) -> RunsAnswer:
        """The runs of the film's current content, newest first, failed ones too."""
        video = get_video(context.engine, video_id)
        with context.engine.connect() as connection:
            found = runs_of_film(connection, video.asset_id, clean_or_none(stage))
        return RunsAnswer(
            asset_id=video.asset_id, runs=[RunAnswer.model_validate(each) for each in found]
        )

    @routes.get("/profiles", responses=problem_responses(404, 422, 503))
    def list_profiles(
        video_id: VideoId, artifact_type: Annotated[ArtifactType | None, Query()] = None
    ) -> ProfilesAnswer:
        """The profiles that have completed runs, by type of artifact."""
        video = get_video(context.engine, video_id)
        with context.engine.connect() as connection:
            found = profiles_of_film(connection, video.asset_id, artifact_type)
        return ProfilesAnswer(
            asset_id=video.asset_id,
            profiles=[ProfileAnswer.model_validate(each) for each in found],
        )

    return routes
