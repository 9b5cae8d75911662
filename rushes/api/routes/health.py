"""Whether the server and what it needs are there."""

from __future__ import annotations

from fastapi import APIRouter, Response
from sqlalchemy.exc import SQLAlchemyError

from rushes.api.answers.health import Health, Readiness
from rushes.api.problems import RETRY_AFTER_SECONDS
from rushes.db.migrate import current_revision, head_revision
from rushes.pipeline.context import PipelineContext


def router(context: PipelineContext) -> APIRouter:
    """`/healthz` and `/readyz`."""
    routes = APIRouter(tags=["health"])

    @routes.get("/healthz")
    def healthz() -> Health:
        """The server answers; nothing else is asked."""
        return Health()

    @routes.get("/readyz", responses={503: {"model": Readiness, "description": "What is missing"}})
    def readyz(response: Response) -> Readiness:
        """Whether the database answers and has the schema of this code."""
        try:
            revision = current_revision(context.engine)
        except SQLAlchemyError:
            _not_ready(response)
            return Readiness(ready=False, database="unreachable", schema_revision=None)
        ready = revision == head_revision()
        if not ready:
            _not_ready(response)
        return Readiness(ready=ready, database="ok", schema_revision=revision)

    return routes


def _not_ready(response: Response) -> None:
    response.status_code = 503
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
