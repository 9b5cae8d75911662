"""The libraries."""

from __future__ import annotations

from fastapi import APIRouter

from rushes.api.answers.libraries import LibrariesAnswer, LibraryAnswer
from rushes.api.etag import Revalidated
from rushes.library.pages import library_statuses
from rushes.pipeline.context import PipelineContext


def router(context: PipelineContext) -> APIRouter:
    """`/v1/libraries`."""
    routes = APIRouter(prefix="/v1/libraries", tags=["libraries"], route_class=Revalidated)

    @routes.get("")
    def list_libraries() -> LibrariesAnswer:
        """The libraries by slug, with the numbers of their films."""
        with context.engine.connect() as connection:
            found = library_statuses(connection)
        return LibrariesAnswer(
            libraries=[
                LibraryAnswer(
                    slug=each.library.slug,
                    root=str(each.library.root),
                    status=each.library.status,
                    status_reason=each.library.status_reason,
                    volume_label=each.library.volume_label,
                    last_scan_at=each.library.last_scan_at,
                    present=each.present,
                    missing=each.missing,
                    settling=each.settling,
                    rejected=each.rejected,
                )
                for each in found
            ]
        )

    return routes
