"""How many rows a request visits, by the plans that Postgres really used for its statements.

`auto_explain` tells each plan with its actual rows to the connection that ran it, also of what
functions run inside, and prepared statements with the plan they have come to. Visited is what a
scan of a table or an index gives or throws away, in all its loops.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, event

from rushes.db.reading import reader

ROWS_OF_A_SMALL_TABLE = 1_000
"""One that may be read from end to end."""

_SCANS = frozenset(
    {
        "Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan", "Tid Scan",
        "Tid Range Scan", "Sample Scan",
    }
)  # fmt: skip
_BITMAPS = frozenset({"Bitmap Index Scan", "BitmapAnd", "BitmapOr"})
_SETTINGS = {
    "log_min_duration": "0",
    "log_analyze": "on",
    "log_buffers": "on",
    "log_timing": "off",
    "log_nested_statements": "on",
    "log_format": "json",
}

Plan = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan node of a plan, all loops together."""

    node: str
    relation: str
    visited: int
    """Rows given and rows thrown away."""

    def __str__(self) -> str:
        return f"{self.node} {self.relation} {self.visited:,}"


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement as it ran: its text, its scans, and the blocks of 8 kB that it looked at."""

    query: str
    scans: tuple[Scan, ...]
    blocks: int
    plan: Plan

    @classmethod
    def of(cls, explained: Plan) -> Statement:
        """From what `explain (analyze, format json)` or `auto_explain` gives for one statement."""
        plan = explained["Plan"]
        blocks = plan.get("Shared Hit Blocks", 0) + plan.get("Shared Read Blocks", 0)
        return cls(explained.get("Query Text", ""), tuple(scans(plan)), blocks, plan)

    @property
    def visited(self) -> int:
        return sum(each.visited for each in self.scans)


def scans(plan: Plan) -> Iterator[Scan]:
    """Every scan of a table or an index in a plan, the outermost first.

    What a bitmap of an index holds and the rows that it leads to are the same rows: where several
    bitmaps are joined into one, the largest number counts.
    """
    if plan["Node Type"] in _SCANS:
        visited = max([_rows(plan), *(_rows(each) for each in _bitmaps(plan))])
        yield Scan(plan["Node Type"], plan.get("Relation Name", ""), visited)
    elif plan["Node Type"] in _BITMAPS:
        return
    for below in plan.get("Plans", ()):
        yield from scans(below)


def _bitmaps(plan: Plan) -> Iterator[Plan]:
    for below in plan.get("Plans", ()):
        if below["Node Type"] in _BITMAPS:
            yield below
            yield from _bitmaps(below)


def _rows(plan: Plan) -> int:
    # "Rows Removed by Filter", "... by Index Recheck": all that was looked at for nothing.
    removed = sum(rows for name, rows in plan.items() if name.startswith("Rows Removed by"))
    visited: float = plan.get("Actual Rows", 0) + removed
    return round(visited * plan.get("Actual Loops", 0))


class Watch:
    """Collects the plans of all that an engine runs; `statements` since the last `clear`."""

    def __init__(self, engine: Engine) -> None:
        self.statements: list[Statement] = []
        for each in (engine, reader(engine)):
            event.listen(each, "connect", self._watch)

    def clear(self) -> None:
        self.statements.clear()

    def _watch(self, connection: Any, _record: object) -> None:
        connection.add_notice_handler(self._notice)
        connection.execute("load 'auto_explain'")
        for name, value in _SETTINGS.items():
            connection.execute(f"set auto_explain.{name} = {value}")
        connection.execute("set client_min_messages = log")
        connection.commit()
        self.clear()

    def _notice(self, diagnostic: Any) -> None:
        head, found, explained = (diagnostic.message_primary or "").partition("plan:\n")
        if found and head.startswith("duration:"):
            self.statements.append(Statement.of(json.loads(explained)))


def rows_in(answer: object) -> int:
    """How many rows an answer tells: the artifacts that it names, and the entries of its lists."""
    if isinstance(answer, list):
        return sum(max(1, rows_in(each)) for each in answer)
    if not isinstance(answer, dict):
        return 0
    named = answer.get("artifact_ids")
    others = (value for name, value in answer.items() if name not in ("artifact_ids", "payload"))
    return (len(named) if isinstance(named, list) else 0) + sum(rows_in(each) for each in others)
