"""The HTTP API: films, artifacts, search, health. Reading only, on loopback by default."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Query, Response
from fastapi.middleware.trustedhost import TrustedHostMiddleware
from sqlalchemy.exc import SQLAlchemyError

import rushes
from rushes.api.models import (
    ArtifactAnswer,
    ArtifactsAnswer,
    Health,
    HitAnswer,
    Readiness,
    SearchAnswerModel,
    VideoAnswer,
    VideosAnswer,
)
from rushes.api.problems import install, problem_responses
from rushes.artifacts.selection import Selection, SelectionMode, selected_run_ids
from rushes.artifacts.vocabulary import ArtifactType, ModelProfile
from rushes.db.migrate import current_revision, head_revision
from rushes.library.repository import count_videos, get_video, list_videos
from rushes.pipeline.context import PipelineContext
from rushes.search.fallback import MAX_HITS, PostgresSearch
from rushes.search.sources import Source

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")


def make_app(context: PipelineContext) -> FastAPI:
    """The application over one process's context."""
    app = FastAPI(
        title="Rushes",
        version=rushes.__version__,
        description="A library of video as a time-coded, searchable index.",
    )
    install(app)
    if context.settings.host in _LOOPBACK:
        # A web page that a browser on this machine shows must not read the index by a name of its
        # own that leads here.
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*_LOOPBACK, "testserver"])
    _add_health(app, context)
    _add_videos(app, context)
    _add_search(app, context)
    return app


def _add_health(app: FastAPI, context: PipelineContext) -> None:
    @app.get("/healthz", tags=["health"])
    def healthz() -> Health:
        """The server answers; nothing else is asked."""
        return Health()

    @app.get("/readyz", tags=["health"], responses={503: {"model": Readiness}})
    def readyz(response: Response) -> Readiness:
        """Whether the database answers and has the schema of this code."""
        try:
            revision = current_revision(context.engine)
        except SQLAlchemyError:
            response.status_code = 503
            return Readiness(ready=False, database="unreachable", schema_revision=None)
        ready = revision == head_revision()
        response.status_code = 200 if ready else 503
        return Readiness(ready=ready, database="ok", schema_revision=revision)


def _add_videos(app: FastAPI, context: PipelineContext) -> None:
    @app.get("/v1/videos", tags=["videos"], responses=problem_responses(422, 503))
    def videos(
        library: Annotated[str | None, Query(description="slug of a library")] = None,
        state: Annotated[str | None, Query(pattern="^(present|missing)$")] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        offset: Annotated[int, Query(ge=0, le=2**31)] = 0,
    ) -> VideosAnswer:
        """The films, oldest first."""
        page = list_videos(
            context.engine, library=_text(library), state=state, limit=limit, offset=offset
        )
        return VideosAnswer(
            total=count_videos(context.engine, library=_text(library), state=state),
            videos=[VideoAnswer.model_validate(video) for video in page],
        )

    @app.get(
        "/v1/videos/{asset_id}/artifacts",
        tags=["videos"],
        responses=problem_responses(404, 422, 503),
    )
    def artifacts(
        asset_id: str,
        artifact_type: Annotated[ArtifactType | None, Query(alias="type")] = None,
        mode: Annotated[
            SelectionMode | None, Query(alias="selection", description="absent: what is stored")
        ] = None,
        profile: Annotated[ModelProfile | None, Query(description="of selection=profile")] = None,
        run_id: Annotated[str | None, Query(description="of selection=pinned")] = None,
    ) -> ArtifactsAnswer:
        """What the selected run of each stage says of a film."""
        selection = None if mode is None else Selection(mode, profile, _text(run_id))
        video = get_video(context.engine, _text(asset_id) or "")
        with context.engine.connect() as connection:
            run_ids = selected_run_ids(connection, video.asset_id, artifact_type, selection)
            found = context.artifacts.by_asset(connection, video.asset_id, artifact_type, run_ids)
        return ArtifactsAnswer(
            asset_id=video.asset_id,
            artifacts=[ArtifactAnswer.model_validate(each) for each in found],
        )


def _add_search(app: FastAPI, context: PipelineContext) -> None:
    @app.get("/v1/search", tags=["search"], responses=problem_responses(422, 503))
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
            q,
            library=_text(library),
            asset_id=_text(video_id),
            source=source,
            limit=limit,
            offset=offset,
        )
        return SearchAnswerModel(
            query=answer.query,
            search_source=answer.search_source,
            matched=answer.matched,
            took_ms=answer.took_ms,
            hits=[HitAnswer.model_validate(hit) for hit in answer.hits],
        )


def _text(value: str | None) -> str | None:
    """What Postgres can hold of it: no NUL, no half characters."""
    if value is None:
        return None
    return value.replace("\0", "").encode("utf-8", "ignore").decode()
