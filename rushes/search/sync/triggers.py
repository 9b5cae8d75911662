"""Whether the outbox hears of every change of what a search document is made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, text

import rushes.search.documents
from rushes.db.sql import load_sql

_HERE = Path(__file__).parent
_EVENTS: Final = ("insert", "update", "delete", "truncate")
_HEARD_ELSEWHERE: Final = frozenset(
    {
        # A run answers from when it stands in current_runs, which has triggers of its own; its
        # artifacts come with it and go with it.
        ("runs", "insert"),
        ("artifacts", "insert"),
        ("artifacts", "delete"),
    }
)


@dataclass(frozen=True, slots=True)
class TriggerReport:
    """`tables`: those that the document query reads. What is silent is not heard of.

    `silent`: `table: event` without an enabled trigger; `disabled`: `table: trigger`.
    """

    tables: list[str]
    silent: list[str]
    disabled: list[str]

    @property
    def is_complete(self) -> bool:
        """Whether no change is missed."""
        return not (self.silent or self.disabled)


def trigger_report(connection: Connection) -> TriggerReport:
    """Compare the triggers that there are with the tables that the query itself reads."""
    tables = document_tables(connection)
    rows = connection.execute(load_sql(_HERE, "triggers")).all()
    heard = {(row.table_name, event) for row in rows if row.is_enabled for event in row.events}
    silent = [
        f"{table}: {event}"
        for table in tables
        for event in _EVENTS
        if (table, event) not in heard | _HEARD_ELSEWHERE
    ]
    disabled = [f"{row.table_name}: {row.trigger_name}" for row in rows if not row.is_enabled]
    return TriggerReport(tables, silent, disabled)


def document_tables(connection: Connection) -> list[str]:
    """The tables that the planner means to read for search documents, by name."""
    folder = Path(rushes.search.documents.__file__).parent
    query = load_sql(folder, "documents").text
    explained = text("explain (format json) " + query)
    plan = connection.execute(explained, {"asset_ids": ["any"], "parts": None}).scalar_one()
    return sorted(set(_relations(plan[0]["Plan"])))


def _relations(node: dict[str, Any]) -> Iterator[str]:
    if "Relation Name" in node:
        yield node["Relation Name"]
    for each in node.get("Plans", ()):
        yield from _relations(each)
