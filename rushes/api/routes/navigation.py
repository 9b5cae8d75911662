"""From moment to moment, in a film and across the library."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from rushes.api.answers.navigation import AppearancesAnswer, JumpAnswer, LibraryJumpAnswer
from rushes.api.parameters import Cursor, RequestedSelection, VideoId, clean_or_none
from rushes.api.problems import problem_responses
from rushes.errors import InvalidRequestError
from rushes.navigation.appearance import LONGEST_GAP_MS
from rushes.navigation.direction import Direction
from rushes.navigation.found import GAP_MS, Grouping
from rushes.navigation.jump import MOST_APPEARANCES, appearances, jump
from rushes.navigation.kinds import Kind
from rushes.navigation.library_jump import MOST_RESULTS, jump_library
from rushes.navigation.rows import LARGEST_MS
from rushes.navigation.streams import fitting
from rushes.navigation.wanted import Wanted
from rushes.pipeline.context import PipelineContext
from rushes.search.query.limits import MAX_CHARACTERS


class Group(StrEnum):
    """Whether each span is an answer of its own."""

    NONE = "none"
    APPEARANCE = "appearance"


async def _wanted(
    kind: Annotated[
        list[Kind], Query(description="what to go to; may be repeated", examples=[["object"]])
    ],
    label: Annotated[
        str | None, Query(max_length=500, description="of kind object and place", examples=["dog"])
    ] = None,
    person: Annotated[
        str | None,
        Query(max_length=500, description="of kind person: name or cluster id", examples=["Ada"]),
    ] = None,
    text: Annotated[
        str | None,
        Query(
            max_length=MAX_CHARACTERS,
            description='of kind transcript and ocr: words, a "phrase", OR, -without',
            examples=["garden"],
        ),
    ] = None,
    min_confidence: Annotated[
        float | None,
        Query(ge=0, le=1, description="of all kinds but scene; absent: no filter", examples=[0.5]),
    ] = None,
) -> list[Wanted]:
    return fitting(
        kind,
        label=clean_or_none(label),
        person=clean_or_none(person),
        text=clean_or_none(text),
        min_confidence=min_confidence,
    )


_GapMs = Annotated[
    int,
    Query(
        ge=0,
        le=LONGEST_GAP_MS,
        description="spans of one label, person or text this near are one appearance",
        examples=[GAP_MS],
    ),
]


async def _grouping(
    group: Annotated[
        Group, Query(description="appearance: consecutive spans of one thing are one answer")
    ] = Group.NONE,
    gap_ms: _GapMs = GAP_MS,
) -> Grouping | None:
    return Grouping(gap_ms) if group is Group.APPEARANCE else None


_Asked = Annotated[list[Wanted], Depends(_wanted)]
_Grouped = Annotated[Grouping | None, Depends(_grouping)]
_Way = Annotated[Direction, Query(description="which way")]
_FromMs = Annotated[
    int | None,
    Query(
        ge=0,
        le=LARGEST_MS,
        description="next starts strictly after it, prev ends strictly before it; absent: from"
        " that direction's end",
        examples=[12000],
    ),
]


def router(context: PipelineContext) -> APIRouter:
    """`/v1/videos/{video_id}/jump`, `/v1/videos/{video_id}/appearances` and `/v1/jump`."""
    routes = APIRouter(tags=["navigation"])
    engine = context.engine

    @routes.get("/v1/videos/{video_id}/jump", responses=problem_responses(404, 422, 503))
    def jump_in_film(
        video_id: VideoId,
        wanted: _Asked,
        selection: RequestedSelection,
        group: _Grouped,
        direction: _Way = Direction.NEXT,
        from_ms: _FromMs = None,
        cursor: Cursor = None,
    ) -> JumpAnswer:
        """The next or previous moment of a film; 404 `no_match` where nothing lies that way.

        Without a cursor: next is the smallest start after `from_ms`, prev the largest end before
        it. With the cursor of an answer, or `start` or `end`, both directions walk the one order
        (start_ms, artifact_id), and each moment is met once.
        """
        found = jump(
            engine,
            video_id,
            wanted,
            direction,
            from_ms=from_ms,
            cursor=cursor,
            selection=selection,
            group=group,
        )
        return JumpAnswer.of(found)

    @routes.get("/v1/videos/{video_id}/appearances", responses=problem_responses(404, 422, 503))
    def appearances_in_film(
        video_id: VideoId,
        wanted: _Asked,
        selection: RequestedSelection,
        gap_ms: _GapMs = GAP_MS,
        limit: Annotated[int, Query(ge=1, le=MOST_APPEARANCES)] = 100,
        cursor: Cursor = None,
    ) -> AppearancesAnswer:
        """All appearances in a film, in order: from when to when somebody or something is there."""
        found = appearances(
            engine,
            video_id,
            wanted,
            group=Grouping(gap_ms),
            selection=selection,
            cursor=cursor,
            limit=limit,
        )
        return AppearancesAnswer.of(found)

    @routes.get("/v1/jump", responses=problem_responses(404, 422, 503))
    def jump_across_the_library(
        wanted: _Asked,
        selection: RequestedSelection,
        group: _Grouped,
        direction: _Way = Direction.NEXT,
        library: Annotated[str | None, Query(description="slug of a library")] = None,
        video_id: Annotated[str | None, Query(description="begin in this film")] = None,
        from_ms: _FromMs = None,
        limit: Annotated[int, Query(ge=1, le=MOST_RESULTS)] = 10,
        cursor: Cursor = None,
    ) -> LibraryJumpAnswer:
        """The next or previous moments of all films, in one order that both directions walk.

        In order of capture time, film, start and artifact_id, undated films last. Begins with
        `video_id` and `from_ms`, with a cursor, or at the order's end. Nothing that way: an empty
        list.
        """
        if from_ms is not None and video_id is None:
            raise InvalidRequestError(
                "from_ms needs a film", remedy="give video_id too, or leave from_ms out"
            )
        start = clean_or_none(video_id)
        found = jump_library(
            engine,
            wanted,
            direction,
            library=clean_or_none(library),
            limit=limit,
            cursor=cursor,
            start=None if start is None else (start, from_ms),
            selection=selection,
            group=group,
        )
        return LibraryJumpAnswer.of(found)

    return routes
