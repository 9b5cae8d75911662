"""Removing films for good: documents, cache, partitions, and the rows last."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import dagster as dg
from sqlalchemy import select

from orchestration.home import prepare_home
from orchestration.partitions import films_in_flight
from rushes.db.tables import asset
from rushes.documents import delete_asset_documents
from rushes.library.service import LibraryService
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.startup import open_context
from rushes.settings import get_settings

_PARTITIONS = "videos"


def remove_missing(slug: str, older_than: timedelta) -> list[str]:
    """Delete a library's missing films with all that is kept of them. Returns their ids.

    Content that another film still has keeps its documents and its cache. Films that a Dagster
    run is queued for or at work on stay until the next call. A call that was cut short is
    finished by the next one.
    """
    settings = get_settings()
    context = open_context(settings)
    prepare_home(settings)
    with dg.DagsterInstance.get() as instance:
        partitions = list(instance.get_dynamic_partitions(_PARTITIONS))
        return LibraryService(context.engine, settings).delete_missing(
            slug,
            older_than,
            spared=frozenset(films_in_flight(instance, partitions)),
            before_deletion=lambda doomed: _remove_results(context, instance, doomed),
        )


def _remove_results(
    context: PipelineContext, instance: dg.DagsterInstance, doomed: Mapping[str, str]
) -> None:
    """All that is kept outside of Postgres of the films `doomed`, asset id -> content hash."""
    kept = _contents_of_others(context, doomed)
    delete_asset_documents(context.documents, *doomed, kept_content_hashes=kept)
    for content_hash in set(doomed.values()) - kept:
        context.cache.forget(content_hash)
    for asset_id in doomed:
        instance.delete_dynamic_partition(_PARTITIONS, asset_id)


def _contents_of_others(context: PipelineContext, doomed: Mapping[str, str]) -> set[str]:
    with context.engine.connect() as connection:
        rows = connection.execute(select(asset.c.asset_id, asset.c.content_hash))
        return {row.content_hash for row in rows if row.asset_id not in doomed}
