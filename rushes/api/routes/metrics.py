"""Numbers for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from rushes.pipeline.context import PipelineContext


def router(context: PipelineContext) -> APIRouter:
    """`/metrics`."""
    routes = APIRouter(tags=["health"])

    @routes.get("/metrics", response_class=PlainTextResponse)
    def metrics(request: Request) -> Response:
        """The numbers of this process, for Prometheus.

        Requests, their time and their problems by route, method and status; connections of the
        database in use; memory and processor; what waits to be published in the search index; the
        vector indexes that are open.
        """
        text = generate_latest(request.app.state.metrics.registry)
        return Response(text, media_type=CONTENT_TYPE_LATEST)

    return routes
