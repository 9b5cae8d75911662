"""The HTTP API: its routes put together. On loopback by default."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.middleware.trustedhost import TrustedHostMiddleware

from rushes.api import docs_page
from rushes.api.body_limit import BodyLimit
from rushes.api.etag import answer_head
from rushes.api.metrics import Metrics
from rushes.api.observation import REQUEST_ID_HEADER, Observed
from rushes.api.openapi import DescribedApi
from rushes.api.problems import install
from rushes.api.routes import (
    artifacts,
    audit,
    corrections,
    coverage,
    deletion,
    favourites,
    find,
    health,
    libraries,
    media,
    metrics,
    moments,
    navigation,
    people,
    runs,
    scenes,
    search,
    selections,
    similar,
    vectors,
    videos,
)
from rushes.api.searching import Searching
from rushes.api.vector_metrics import VectorCollector
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.runner import PipelineRunner
from rushes.settings import Settings

_ROUTES = (
    health,
    metrics,
    libraries,
    videos,
    coverage,
    deletion,
    favourites,
    selections,
    artifacts,
    media,
    runs,
    corrections,
    find,
    navigation,
    moments,
    search,
    similar,
    scenes,
    people,
    vectors,
    audit,
)
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")
_GZIP_FROM_BYTES = 32 * 1024
"""Below it packing takes longer than sending, on a machine or a local network."""
_GZIP_LEVEL = 5


def make_app(context: PipelineContext, runner: PipelineRunner | None = None) -> FastAPI:
    """The application over one process's context.

    Without a `runner`, routes that need the pipeline answer 503 `no_runner`.
    """
    app = DescribedApi()
    app.state.settings = context.settings
    app.state.runner = runner
    app.state.metrics = Metrics(context.engine)
    app.state.metrics.registry.register(
        VectorCollector(
            context.engine, lambda: [each.live.view for each in context.vector_indexes.opened()]
        )
    )
    app.state.searching = Searching(context, app.state.metrics)
    install(app)
    docs_page.install(app)
    _add_layers(app, context.settings)
    for routes in _ROUTES:
        made = routes.router(context)
        answer_head(made)
        app.include_router(made)
    return app


def _add_layers(app: FastAPI, settings: Settings) -> None:
    """What lies around every route; the layer added last is the outermost."""
    app.add_middleware(BodyLimit, limit=settings.max_body_bytes)
    # Pictures, films and parts of files are left as they are.
    app.add_middleware(GZipMiddleware, minimum_size=_GZIP_FROM_BYTES, compresslevel=_GZIP_LEVEL)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["*"],
            expose_headers=[REQUEST_ID_HEADER, "ETag", "Retry-After", "Content-Range"],
        )
    if settings.host in _LOOPBACK:
        # A web page that a browser on this machine shows must not read the index by a name of its
        # own that leads here.
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*_LOOPBACK, "testserver"])
    app.add_middleware(Observed, metrics=app.state.metrics)
