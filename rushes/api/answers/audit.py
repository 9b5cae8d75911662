"""Answers about the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from rushes.api.answers.base import Answer


class AuditEntryAnswer(Answer):
    """One change."""

    entry_id: int
    at: datetime
    actor: str = Field(description="who: cli, api, or what X-Rushes-Actor said", examples=["Ada"])
    action: str = Field(examples=["favourite.set"])
    subject: str = Field(description="id of what it is about")
    details: dict[str, Any] = Field(description="`request_id` among them, if it came over HTTP")


class AuditAnswer(Answer):
    """A page of the log, newest first."""

    entries: list[AuditEntryAnswer]
    cursor: str | None = Field(description="of the next, older page; null on the last one")
