"""Stored selections: which run of a type answers for a film."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from rushes.api.access import Actor
from rushes.api.answers.selections import SelectionAnswer, SelectionRequest, SelectionsAnswer
from rushes.api.etag import Revalidated
from rushes.api.parameters import VideoId, clean_or_none
from rushes.api.problems import problem_responses
from rushes.artifacts.selection import Selection, SelectionMode
from rushes.artifacts.vocabulary import ArtifactType
from rushes.library.selections import film_selection, film_selections, select_for_film
from rushes.pipeline.context import PipelineContext

SelectedType = Annotated[ArtifactType, Path(alias="type", description="artifact type")]


def router(context: PipelineContext) -> APIRouter:
    """`/v1/videos/{video_id}/selections`."""
    routes = APIRouter(
        prefix="/v1/videos/{video_id}/selections",
        tags=["selections"],
        route_class=Revalidated,
        responses=problem_responses(404),
    )

    @routes.get("")
    def list_selections(video_id: VideoId) -> SelectionsAnswer:
        """Which run answers, for every type of a film."""
        with context.engine.connect() as connection:
            found = film_selections(connection, video_id)
        return SelectionsAnswer(
            asset_id=video_id, selections=[SelectionAnswer.model_validate(each) for each in found]
        )

    @routes.get("/{type}")
    def get_selection(video_id: VideoId, artifact_type: SelectedType) -> SelectionAnswer:
        """Which run answers, for one type of a film."""
        with context.engine.connect() as connection:
            found = film_selection(connection, video_id, artifact_type)
        return SelectionAnswer.model_validate(found)

    @routes.put("/{type}")
    def put_selection(
        video_id: VideoId, artifact_type: SelectedType, wanted: SelectionRequest, actor: Actor
    ) -> SelectionAnswer:
        """Store which run answers from now on. Nothing is computed and nothing is overwritten.

        `profile` needs `preferred_profile`, `pinned` needs `pinned_run_id`; where that is missing
        the answer is 422 `bad_selection`.
        """
        selection = Selection(
            wanted.mode, wanted.preferred_profile, clean_or_none(wanted.pinned_run_id)
        )
        with context.engine.begin() as connection:
            stored = select_for_film(connection, actor, video_id, artifact_type, selection)
        return SelectionAnswer.model_validate(stored)

    @routes.delete("/{type}")
    def delete_selection(
        video_id: VideoId, artifact_type: SelectedType, actor: Actor
    ) -> SelectionAnswer:
        """Forget what was stored: the newest run answers again."""
        default = Selection(SelectionMode.DEFAULT)
        with context.engine.begin() as connection:
            stored = select_for_film(connection, actor, video_id, artifact_type, default)
        return SelectionAnswer.model_validate(stored)

    return routes
