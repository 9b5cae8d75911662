"""How everything stands, for `rushes status` and the API's readiness."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rushes.artifacts.current import current_failures
from rushes.db.server import server_status
from rushes.library.repository import count_videos
from rushes.library.service import LibraryService
from rushes.pipeline.startup import open_context
from rushes.settings import get_settings


def overview() -> dict[str, Any]:
    """Places, libraries and failures, from Postgres and the settings; no disk is walked."""
    settings = get_settings()
    context = open_context(settings)
    server = server_status(settings)
    service = LibraryService(context.engine, settings)
    with context.engine.connect() as connection:
        failures = current_failures(connection)
    return {
        "places": {
            "data": str(settings.data_dir),
            "database": server.location,
            "documents": str(settings.documents_root),
            "cache": str(settings.cache_root),
            "models": str(settings.models_root),
            "dagster": str(settings.dagster_home_dir),
        },
        "database": asdict(server),
        "profile": settings.profile,
        "videos": count_videos(context.engine),
        "libraries": [asdict(service.status(each.slug)) for each in service.list()],
        "failures": [asdict(failure) for failure in failures],
    }
