"""Artifacts with all that is known of where they come from, as lines of JSON or as a table."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, BinaryIO, Final

from sqlalchemy import Engine, FromClause, Select, Text, and_, cast, func, select

from rushes.artifacts.selection import Selection, not_replaced, selected_runs
from rushes.artifacts.vocabulary import STAGE_OF_TYPE, ArtifactType
from rushes.db.tables import artifacts, asset, asset_versions, runs

_AT_ONCE = 2_000
"""Rows that Postgres hands over at a time: what is held in memory."""
_TOLD_EVERY = 50_000
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

Progress = Callable[[int], None]
"""Called with the number of artifacts written so far."""


class ExportFormat(StrEnum):
    """JSON Lines, or comma-separated values."""

    JSONL = "jsonl"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class ExportFilter:
    """Which artifacts: of one library, film or some types; those that answer, or of all runs."""

    library: str | None = None
    asset_id: str | None = None
    types: Sequence[ArtifactType] = ()
    all_runs: bool = False
    selection: Selection | None = None


COLUMNS: Final = (
    "artifact_id",
    "asset_id",
    "library",
    "path",
    "content_hash",
    "content_version",
    "artifact_type",
    "schema_version",
    "span_start_ms",
    "span_end_ms",
    "producer",
    "producer_version",
    "model_profile",
    "config_hash",
    "input_hash",
    "run_id",
    "run_origin",
    "run_stage",
    "run_status",
    "run_language",
    "run_finished_at",
    "created_at",
    "payload",
)
"""What each line has, in this order: the envelope, its film and its run."""


def export_artifacts(
    engine: Engine,
    out: BinaryIO,
    chosen_format: ExportFormat,
    which: ExportFilter,
    progress: Progress = lambda done: None,
) -> int:
    """Write the artifacts in order of film, type, start and id. Returns how many.

    They are read through a cursor of the server, at one moment of the database, so memory does
    not grow with them.
    """
    with _writer(out, chosen_format) as write, engine.connect() as connection:
        streamed = connection.execution_options(stream_results=True, yield_per=_AT_ONCE)
        done = 0
        for row in streamed.execute(_query(which)):
            write(row)
            done += 1
            if done % _TOLD_EVERY == 0:
                progress(done)
    return done


def _query(which: ExportFilter) -> Select[Any]:
    stages = sorted({STAGE_OF_TYPE[each] for each in which.types}) or None
    of: FromClause = runs
    if not which.all_runs:
        of = selected_runs(which.asset_id, stages, which.selection)
    query = (
        select(*_columns(of))
        .join(of, of.c.run_id == artifacts.c.run_id)
        .join(asset, asset.c.asset_id == artifacts.c.asset_id)
        .outerjoin(
            asset_versions,
            and_(
                asset_versions.c.asset_id == of.c.asset_id,
                asset_versions.c.content_version == of.c.content_version,
            ),
        )
    )
    if not which.all_runs:
        query = query.where(not_replaced(artifacts))
    if which.library is not None:
        query = query.where(asset.c.library_slug == which.library)
    if which.asset_id is not None:
        query = query.where(artifacts.c.asset_id == which.asset_id)
    if which.types:
        query = query.where(artifacts.c.artifact_type.in_([str(each) for each in which.types]))
    column = artifacts.c
    return query.order_by(
        column.asset_id, column.artifact_type, column.span_start_ms, column.artifact_id
    )


def _columns(of: FromClause) -> list[Any]:
    """`COLUMNS`; the payload stays the text that Postgres has, so nothing in it changes."""
    from_elsewhere = {
        "library": asset.c.library_slug,
        "path": asset.c.path,
        "content_hash": func.coalesce(asset_versions.c.content_hash, asset.c.content_hash),
        "content_version": of.c.content_version,
        "run_origin": of.c.origin,
        "run_stage": of.c.stage,
        "run_status": of.c.status,
        "run_language": of.c.language,
        "run_finished_at": of.c.finished_at,
        "payload": cast(artifacts.c.payload, Text),
    }
    return [
        from_elsewhere.get(name, artifacts.c.get(name)).label(name)  # type: ignore[union-attr]
        for name in COLUMNS
    ]


@contextmanager
def _writer(out: BinaryIO, chosen_format: ExportFormat) -> Iterator[Callable[[Any], None]]:
    if chosen_format is ExportFormat.JSONL:
        yield lambda row: _write_line(out, row)
        return
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=False)
    table = csv.writer(text)
    table.writerow(COLUMNS)
    yield lambda row: table.writerow([_cell(value) for value in row])
    text.flush()
    text.detach()  # the stream is its opener's to close


def _write_line(out: BinaryIO, row: Any) -> None:
    *values, payload = row
    known = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in zip(COLUMNS, values, strict=False)
    }
    text = json.dumps(known, ensure_ascii=False)
    out.write(f'{text[:-1]}, "payload": {payload}}}\n'.encode())


def _cell(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula: such a text gets an apostrophe before it."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return f"'{value}"
    return value
