"""What was found, where it comes from, and by whom it was made."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from rushes.api.answers.artifacts import (
    ArtifactAnswer,
    ArtifactsAnswer,
    OneArtifactAnswer,
    ProducedAnswer,
    ProvenanceAnswer,
)
from rushes.api.parameters import Cursor, RequestedSelection, VideoId, clean, clean_or_none
from rushes.api.problems import problem_responses
from rushes.artifacts.provenance import get_artifact
from rushes.artifacts.provenance import provenance as provenance_of
from rushes.artifacts.queries import MAX_PAGE, Range
from rushes.artifacts.run_list import origins_of_runs
from rushes.artifacts.schemas import LARGEST_MS
from rushes.artifacts.vocabulary import ArtifactType
from rushes.db.reading import reading
from rushes.library.repository import get_video
from rushes.pipeline.context import PipelineContext

_DEFAULT_PAGE = 100
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="artifacts of a page")]


async def _range(
    from_ms: Annotated[
        int | None, Query(ge=0, le=LARGEST_MS, description="only what ends after this")
    ] = None,
    to_ms: Annotated[
        int | None, Query(ge=0, le=LARGEST_MS, description="only what starts before this")
    ] = None,
) -> Range:
    return Range(from_ms, to_ms)


async def _artifact_id(artifact_id: Annotated[str, Path()]) -> str:
    return "" if clean(artifact_id) != artifact_id else artifact_id  # which nothing is called


RequestedRange = Annotated[Range, Depends(_range)]
ArtifactId = Annotated[str, Depends(_artifact_id)]


def router(context: PipelineContext) -> APIRouter:
    """`/v1/videos/{video_id}/artifacts` and `/v1/artifacts`."""
    routes = APIRouter(tags=["artifacts"])
    store = context.artifacts

    @routes.get("/v1/videos/{video_id}/artifacts", responses=problem_responses(404, 422, 503))
    def list_artifacts(
        video_id: VideoId,
        selection: RequestedSelection,
        span: RequestedRange,
        artifact_type: Annotated[ArtifactType | None, Query(alias="type")] = None,
        cursor: Cursor = None,
        limit: Limit = _DEFAULT_PAGE,
    ) -> ArtifactsAnswer:
        """What the selected runs say of a film, with people's corrections in place."""
        with reading(context.engine) as connection:
            found = store.page(
                connection, video_id, artifact_type, span, selection, cursor=cursor, limit=limit
            )
        if not found.artifacts:
            get_video(context.engine, video_id)
        return ArtifactsAnswer(
            asset_id=video_id,
            origins=found.origins,
            artifacts=[ArtifactAnswer.model_validate(each) for each in found.artifacts],
            cursor=found.cursor,
        )

    @routes.get("/v1/artifacts", responses=problem_responses(422, 503))
    def list_artifacts_of_producer(
        producer: Annotated[str, Query(description="library or model; human, srt, vtt")],
        producer_version: Annotated[str | None, Query()] = None,
        config_hash: Annotated[
            str | None, Query(description="of the stage's configuration")
        ] = None,
        cursor: Cursor = None,
        limit: Limit = _DEFAULT_PAGE,
    ) -> ProducedAnswer:
        """Everything that a producer made, of whichever run, whether it answers or not."""
        with context.engine.connect() as connection:
            found = store.page_by_provenance(
                connection,
                clean(producer),
                clean_or_none(producer_version),
                clean_or_none(config_hash),
                cursor=cursor,
                limit=limit,
            )
        return ProducedAnswer(
            origins=found.origins,
            artifacts=[ArtifactAnswer.model_validate(each) for each in found.artifacts],
            cursor=found.cursor,
        )

    @routes.get("/v1/artifacts/{artifact_id}", responses=problem_responses(404, 503))
    def get_one_artifact(artifact_id: ArtifactId) -> OneArtifactAnswer:
        """One artifact, of whichever run."""
        with context.engine.connect() as connection:
            found = get_artifact(connection, store, artifact_id)
            origins = origins_of_runs(connection, {found.run_id})
        envelope = ArtifactAnswer.model_validate(found).model_dump()
        return OneArtifactAnswer(**envelope, origin=origins[found.run_id])

    @routes.get("/v1/artifacts/{artifact_id}/provenance", responses=problem_responses(404, 503))
    def get_provenance(artifact_id: ArtifactId) -> ProvenanceAnswer:
        """Its whole envelope, its run, and which corrections stand in for it."""
        with context.engine.connect() as connection:
            found = provenance_of(connection, store, artifact_id)
        return ProvenanceAnswer.model_validate(found)

    return routes
