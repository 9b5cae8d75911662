"""The HTTP API: its routes put together. On loopback by default."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.middleware.trustedhost import TrustedHostMiddleware

import rushes
from rushes.api.problems import install
from rushes.api.routes import artifacts, health, search, videos
from rushes.pipeline.context import PipelineContext

_ROUTES = (health, videos, artifacts, search)
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")


def make_app(context: PipelineContext) -> FastAPI:
    """The application over one process's context."""
    app = FastAPI(
        title="Rushes",
        version=rushes.__version__,
        description="A library of video as a time-coded, searchable index.",
    )
    app.state.api_key = context.settings.api_key_value
    install(app)
    if context.settings.host in _LOOPBACK:
        # A web page that a browser on this machine shows must not read the index by a name of its
        # own that leads here.
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*_LOOPBACK, "testserver"])
    for routes in _ROUTES:
        app.include_router(routes.router(context))
    return app
