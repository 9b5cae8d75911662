"""All scenes, to look through."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from rushes.api.answers.search import SearchAnswerModel
from rushes.api.problems import problem_responses
from rushes.api.search_parameters import SearchParameters
from rushes.api.searching import Searching
from rushes.pipeline.context import PipelineContext


def router(context: PipelineContext) -> APIRouter:
    """`/v1/scenes`."""
    routes = APIRouter(tags=["search"])

    @routes.get(
        "/v1/scenes",
        response_model=SearchAnswerModel,
        responses=problem_responses(404, 422, 503),
    )
    def list_scenes(request: Request, asked: Annotated[SearchParameters, Query()]) -> Response:
        """The scenes that the filters let through, all of them without any.

        A search that needs no text; films and drives are not touched.
        """
        searching: Searching = request.app.state.searching
        return searching.answer(asked.request())

    return routes
