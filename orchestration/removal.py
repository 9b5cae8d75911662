"""Removing films for good: rows, documents, cache and partitions."""

from __future__ import annotations

from datetime import timedelta

import dagster as dg
from sqlalchemy import select

from orchestration.home import prepare_home
from rushes.db.tables import asset
from rushes.documents import delete_asset_documents
from rushes.library.service import LibraryService
from rushes.pipeline.startup import open_context
from rushes.settings import get_settings


def remove_missing(slug: str, older_than: timedelta) -> list[str]:
    """Delete a library's missing films with all that is kept of them. Returns their ids.

    Content that another film still has keeps its documents and its cache.
    """
    settings = get_settings()
    context = open_context(settings)
    contents = _contents(slug)
    deleted = LibraryService(context.engine, settings).delete_missing(slug, older_than)
    if not deleted:
        return []
    with context.engine.connect() as connection:
        kept = set(connection.execute(select(asset.c.content_hash)).scalars())
    delete_asset_documents(context.documents, *deleted, kept_content_hashes=kept)
    for content_hash in {contents[asset_id] for asset_id in deleted} - kept:
        context.cache.forget(content_hash)
    prepare_home(settings)
    with dg.DagsterInstance.get() as instance:
        for asset_id in deleted:
            instance.delete_dynamic_partition("videos", asset_id)
    return deleted


def _contents(slug: str) -> dict[str, str]:
    query = select(asset.c.asset_id, asset.c.content_hash).where(asset.c.library_slug == slug)
    with open_context().engine.connect() as connection:
        return {row.asset_id: row.content_hash for row in connection.execute(query)}
