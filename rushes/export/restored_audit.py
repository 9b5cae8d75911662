"""The audit log of a backup, added to the one here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from rushes.db.user_tables import audit_log
from rushes.export.records import AuditRecord
from rushes.export.restore_report import RestoreReport

# Any fixed number: two restorations at once would both find an entry missing.
_AUDIT_LOCK = 0x41554454


def restore_audit(
    connection: Connection, records: Sequence[AuditRecord], report: RestoreReport
) -> None:
    """Append the entries that are not here, with their own times.

    Subjects stay as they were; one that was a film also gets its content's hash.
    """
    if not records:
        return
    connection.execute(select(func.pg_advisory_xact_lock(_AUDIT_LOCK)))
    standing = Counter(_keys_here(connection, records))
    missing: list[dict[str, Any]] = []
    for record in records:
        key = _key(record.at, record.actor, record.action, record.subject)
        is_new = not standing[key]
        report.count("audit entries", is_new=is_new)
        if is_new:
            missing.append(_row(record))
        else:
            standing[key] -= 1
    if missing:
        connection.execute(insert(audit_log), missing)


def _keys_here(connection: Connection, records: Sequence[AuditRecord]) -> list[tuple[object, ...]]:
    times = [record.at for record in records]
    query = select(
        audit_log.c.at, audit_log.c.actor, audit_log.c.action, audit_log.c.subject
    ).where(audit_log.c.at.between(min(times), max(times)))
    return [_key(*row) for row in connection.execute(query)]


def _key(at: datetime, actor: str, action: str, subject: str) -> tuple[object, ...]:
    return at.astimezone(UTC), actor, action, subject


def _row(record: AuditRecord) -> dict[str, Any]:
    details = dict(record.details)
    if record.film is not None:
        details.setdefault("content_hash", record.film)
    return {
        "at": record.at,
        "actor": record.actor,
        "action": record.action,
        "subject": record.subject,
        "details": details,
    }
