"""The audit log: who changed or deleted what, and when. Written in the change's own transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert

from rushes.db.user_tables import audit_log


def record(
    connection: Connection,
    actor: str,
    action: str,
    subject: str,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Append an entry: `action` such as `favourite.set`, `subject` the id of what it is about."""
    connection.execute(
        insert(audit_log).values(
            actor=actor, action=action, subject=subject, details=dict(details or {})
        )
    )
