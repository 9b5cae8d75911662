"""Words in a film, and what can be asked for."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from rushes.api.answers.find import FindAnswer, MatchAnswer, Span, TermAnswer, VocabularyAnswer
from rushes.api.parameters import RequestedSelection, VideoId, clean, clean_or_none
from rushes.api.problems import problem_responses
from rushes.library.repository import get_library, get_video
from rushes.navigation.direction import Direction
from rushes.navigation.find import MOST_MATCHES, Match, find
from rushes.navigation.rows import LARGEST_MS
from rushes.navigation.sources import Source
from rushes.navigation.vocabulary import MOST_TERMS, TermKind, vocabulary
from rushes.pipeline.context import PipelineContext


def router(context: PipelineContext) -> APIRouter:
    """`/v1/videos/{video_id}/find` and `/v1/vocabulary`."""
    routes = APIRouter(tags=["navigation"])

    @routes.get("/v1/videos/{video_id}/find", responses=problem_responses(404, 422, 503))
    def find_in_film(
        video_id: VideoId,
        selection: RequestedSelection,
        q: Annotated[str, Query(description='words, a "phrase", OR, -without', examples=["dog"])],
        direction: Annotated[Direction, Query(description="which way")] = Direction.NEXT,
        from_ms: Annotated[
            int | None,
            Query(ge=0, le=LARGEST_MS, description="absent: from that direction's end"),
        ] = None,
        source: Annotated[
            str, Query(pattern="^(all|transcript|ocr)$", description="said, written, or both")
        ] = "all",
        limit: Annotated[int, Query(ge=1, le=MOST_MATCHES)] = 20,
        cursor: Annotated[str | None, Query(description="of the answer before")] = None,
    ) -> FindAnswer:
        """Where in a film that was said or is written, strictly after or before a time."""
        found = find(
            context.engine,
            video_id,
            clean(q),
            direction=direction,
            from_ms=from_ms,
            source=None if source == "all" else Source(source),
            selection=selection,
            limit=limit,
            cursor=cursor,
        )
        if not found.matches:
            get_video(context.engine, video_id)
        return FindAnswer(
            video_id=found.video_id,
            matched=found.matched,
            matches=[_match(each) for each in found.matches],
            has_more=found.has_more,
            cursor=found.cursor,
        )

    @routes.get("/v1/vocabulary", responses=problem_responses(404, 422, 503))
    def list_vocabulary(
        kind: Annotated[TermKind, Query(description="what the terms name")],
        library: Annotated[str | None, Query(description="slug of a library")] = None,
        limit: Annotated[int, Query(ge=1, le=MOST_TERMS)] = 200,
        cursor: Annotated[str | None, Query(description="of the answer before")] = None,
    ) -> VocabularyAnswer:
        """The labels, people and languages that exist, so that nobody has to guess."""
        slug = clean_or_none(library)
        found = vocabulary(context.engine, kind, library=slug, limit=limit, cursor=cursor)
        if slug is not None and not found.terms:
            with context.engine.connect() as connection:
                get_library(connection, slug)
        return VocabularyAnswer(
            terms=[TermAnswer.model_validate(each) for each in found.terms],
            has_more=found.has_more,
            cursor=found.cursor,
        )

    return routes


def _match(match: Match) -> MatchAnswer:
    return MatchAnswer(
        jump_to=Span(start_ms=match.start_ms, end_ms=match.end_ms),
        words=Span(start_ms=match.words_start_ms, end_ms=match.words_end_ms),
        artifact_id=match.artifact_id,
        source=match.source,
        snippet=match.snippet,
        text=match.text,
        run_id=match.run_id,
        producer=match.producer,
        producer_version=match.producer_version,
        model_profile=match.model_profile,
        origin=match.origin,
    )
