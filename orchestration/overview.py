"""How everything stands, for `rushes status` and the API's readiness."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rushes.artifacts.current import current_failures
from rushes.db.server import server_status
from rushes.library.repository import count_videos
from rushes.library.service import LibraryService
from rushes.pipeline.speeds import StageSpeed, stage_speeds
from rushes.pipeline.startup import open_context
from rushes.search.quickwit.connection import node_status
from rushes.settings import get_settings
from rushes.vectors.cache import EmbeddingCacheStatus


def overview() -> dict[str, Any]:
    """Places, libraries and failures, from Postgres and the settings; no disk is walked."""
    settings = get_settings()
    context = open_context(settings)
    server = server_status(settings)
    search = node_status(settings)
    service = LibraryService(context.engine, settings)
    with context.engine.connect() as connection:
        failures = current_failures(connection)
        speeds = stage_speeds(connection)
    return {
        "places": {
            "data": str(settings.data_dir),
            "database": server.location,
            "search": search.location,
            "documents": str(settings.documents_root),
            "cache": str(settings.cache_root),
            "models": str(settings.models_root),
            "dagster": str(settings.dagster_home_dir),
        },
        "database": asdict(server),
        "search": asdict(search),
        "profile": settings.profile,
        "videos": count_videos(context.engine),
        "libraries": [asdict(service.status(each.slug)) for each in service.list()],
        "speeds": [_speed(each) for each in speeds],
        "embedding_cache": _embedding_cache(context.vectors.status()),
        "failures": [asdict(failure) for failure in failures],
    }


def _speed(speed: StageSpeed) -> dict[str, Any]:
    return {
        "stage": speed.stage,
        "profile": speed.model_profile,
        "films": speed.films,
        "times_real_time": _rounded(speed.times_real_time),
        "frames_per_second": _rounded(speed.frames_per_second),
        "ms_per_frame": _rounded(speed.ms_per_frame),
        "windows": speed.windows,
        "cache_hits": speed.cache_hits,
    }


def _embedding_cache(cache: EmbeddingCacheStatus) -> dict[str, Any]:
    return {
        "entries": cache.entries,
        "bytes": cache.bytes,
        "budget_bytes": cache.budget_bytes,
        "models": [{**asdict(each), "hit_rate": round(each.hit_rate, 3)} for each in cache.models],
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
