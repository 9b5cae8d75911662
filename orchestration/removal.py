"""Deleting films with Dagster told of it: what the command line does and the API serves."""

from __future__ import annotations

from datetime import timedelta

from orchestration.pipeline_runner import DagsterRunner
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.deletion import FilmDeletion
from rushes.pipeline.startup import open_context

_ACTOR = "cli"


def film_deletion(context: PipelineContext) -> FilmDeletion:
    """Deletion on behalf of the command line."""
    return FilmDeletion(context, DagsterRunner(context), _ACTOR)


def remove_missing(slug: str, older_than: timedelta) -> list[str]:
    """Delete a library's missing films with all that is kept of them. Returns their ids."""
    removed = film_deletion(open_context()).delete_missing(slug, older_than)
    return [each.asset_id for each in removed]
