"""Full text."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from rushes.api.answers.search import HitAnswer, SearchAnswerModel
from rushes.api.parameters import clean, clean_or_none
from rushes.api.problems import problem_responses
from rushes.library.repository import get_library, get_video
from rushes.pipeline.context import PipelineContext
from rushes.search.fallback import MAX_HITS, PostgresSearch
from rushes.search.sources import Source


def router(context: PipelineContext) -> APIRouter:
    """`/v1/search`."""
    routes = APIRouter(tags=["search"])

    @routes.get("/v1/search", responses=problem_responses(404, 422, 503))
    def search(
        q: Annotated[str, Query(description='words, a "phrase", OR, -without', examples=["dog"])],
        library: Annotated[str | None, Query(description="slug of a library")] = None,
        video_id: Annotated[str | None, Query(description="only this film")] = None,
        source: Annotated[
            Source | None, Query(description="only what was said, or what is written on screen")
        ] = None,
        limit: Annotated[int, Query(ge=1, le=MAX_HITS)] = 20,
        offset: Annotated[int, Query(ge=0, le=MAX_HITS)] = 0,
    ) -> SearchAnswerModel:
        """Where was that said, or written on screen."""
        answer = PostgresSearch(context.engine).search(
            clean(q),
            library=clean_or_none(library),
            asset_id=clean_or_none(video_id),
            source=source,
            limit=limit,
            offset=offset,
        )
        if not answer.hits:
            _check_scope(context, clean_or_none(library), clean_or_none(video_id))
        return SearchAnswerModel(
            query=answer.query,
            search_source=answer.search_source,
            matched=answer.matched,
            took_ms=answer.took_ms,
            hits=[HitAnswer.model_validate(hit) for hit in answer.hits],
        )

    return routes


def _check_scope(context: PipelineContext, library: str | None, video_id: str | None) -> None:
    """Nothing found may be because there is nothing by that name: then it is said so."""
    if library is not None:
        with context.engine.connect() as connection:
            get_library(connection, library)
    if video_id is not None:
        get_video(context.engine, video_id)
