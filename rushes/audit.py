"""The audit log: who changed or deleted what, and when. Written in the change's own transaction."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, insert, select

from rushes.db.user_tables import audit_log

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The HTTP request that is being answered here; None outside of one."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change: `entry_id` grows with time, `subject` is the id of what it is about."""

    entry_id: int
    at: datetime
    actor: str
    action: str
    subject: str
    details: Mapping[str, Any]


COMMAND_LINE: Final = "cli"
"""Who it was that typed a command."""


def record(
    connection: Connection,
    actor: str,
    action: str,
    subject: str,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Append an entry: `action` such as `favourite.set`, `subject` the id of what it is about.

    While a request is answered, its id goes into the details as `request_id`.
    """
    noted = dict(details or {})
    if (current := request_id.get()) is not None:
        noted["request_id"] = current
    connection.execute(
        insert(audit_log).values(actor=actor, action=action, subject=subject, details=noted)
    )


def entries(
    connection: Connection,
    *,
    subject: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[AuditEntry]:
    """The newest entries first, those older than entry `before`, of one subject or of all."""
    query = select(audit_log).order_by(audit_log.c.entry_id.desc()).limit(limit)
    if subject is not None:
        query = query.where(audit_log.c.subject == subject)
    if before is not None:
        query = query.where(audit_log.c.entry_id < before)
    return [AuditEntry(**row) for row in connection.execute(query).mappings()]
