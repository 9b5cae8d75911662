"""Scenes by what is said, written and seen in them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from rushes.api.answers.search import SearchAnswerModel
from rushes.api.problems import problem_responses
from rushes.api.search_parameters import SearchBody, SearchParameters
from rushes.api.searching import Searching
from rushes.pipeline.context import PipelineContext
from rushes.search.requirements import asking_for_something


def router(context: PipelineContext) -> APIRouter:
    """`/v1/search`. It reads, also where the question comes as a body: no key is asked for."""
    routes = APIRouter(tags=["search"])
    answers = problem_responses(404, 422, 503)

    @routes.get("/v1/search", response_model=SearchAnswerModel, responses=answers)
    def search(request: Request, asked: Annotated[SearchParameters, Query()]) -> Response:
        """The scenes that have all of the words, the best first, with the moment in each.

        Of several values of one filter one is enough; the filters must all hold. Where nothing has
        the words, what has parts of them or some of them answers: `matched` says so. Without a text
        there must be a filter. With `mode=hybrid` scenes that are near in meaning are merged in:
        `reasons` says of each hit why it is there, `missing` what could not be asked.
        """
        return _answer(request, asked)

    @routes.post("/v1/search", response_model=SearchAnswerModel, responses=answers)
    def search_by_body(request: Request, asked: SearchBody) -> Response:
        """The same search with the question as a body, for filters too long for a URL."""
        return _answer(request, asked)

    return routes


def _answer(request: Request, asked: SearchParameters) -> Response:
    searching: Searching = request.app.state.searching
    return searching.answer(asking_for_something(asked.request()))
