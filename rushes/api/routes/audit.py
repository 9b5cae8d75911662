"""The audit log."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Query

from rushes.api.access import Actor
from rushes.api.answers.audit import AuditAnswer, AuditEntryAnswer
from rushes.api.parameters import Cursor, clean_or_none
from rushes.audit import entries
from rushes.navigation.cursor import decode, encode
from rushes.pipeline.context import PipelineContext


def router(context: PipelineContext) -> APIRouter:
    """`/v1/audit`."""
    routes = APIRouter(prefix="/v1/audit", tags=["audit"])

    @routes.get("")
    def list_audit_entries(
        actor: Actor,
        subject: Annotated[
            str | None,
            Query(description="id of a film, a run or the like", examples=["v01j9zq8w7kfx3"]),
        ] = None,
        cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> AuditAnswer:
        """Who changed or deleted what, newest first. Needs the key, as it names people."""
        before = None if cursor is None else cast(int, decode(cursor, int)[0])
        about = clean_or_none(subject)
        with context.engine.connect() as connection:
            found = entries(connection, subject=about, before=before, limit=limit + 1)
        page = found[:limit]
        return AuditAnswer(
            entries=[AuditEntryAnswer.model_validate(each) for each in page],
            cursor=encode((page[-1].entry_id,)) if len(found) > limit else None,
        )

    return routes
