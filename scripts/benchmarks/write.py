"""Artifacts written as the pipeline writes them, against a bare COPY of the same rows.

Ours: `ArtifactRepository.batch_create` and the end of its runs, so validation, every index,
constraint and foreign key, the projections with their full-text indexes, and at the commit what is
derived of the whole film. Theirs: psycopg's COPY, as its manual shows it,
into an ordinary table without index or constraint. Same server, same rows, same batches, one
transaction a batch, in turn, three rounds. Beside it: each part of ours, measured alone.
"""

from __future__ import annotations

import secrets
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy import Connection, Engine, func, insert, text, update

from rushes.artifacts.envelope import ArtifactEnvelope
from rushes.artifacts.projections import project_runs
from rushes.artifacts.registry import default_registry
from rushes.artifacts.repository import ArtifactRepository
from rushes.db.engine import make_engine
from rushes.db.migrate import upgrade
from rushes.db.server import ensure_database
from rushes.db.tables import artifacts, asset, libraries, runs
from rushes.settings import Settings
from scripts.benchmarks.report import Figure, Report, print_conditions, repeat
from scripts.benchmarks.write_rows import ASSET_ID, batch

ROWS = 20_000
ROWS_QUICK = 4_000
BATCH = 2_000
TARGET_RATIO = 0.1
BARE, INDEXED = "bare_artifacts", "indexed_artifacts"
COLUMNS = tuple(column.name for column in artifacts.c)

Batches = Sequence[Sequence[ArtifactEnvelope]]


def main(quick: bool) -> Report:
    """Three rounds; the medians of their seconds, told as rows a second."""
    rows = ROWS_QUICK if quick else ROWS
    print_conditions(
        ours=f"ArtifactRepository.batch_create, {rows:,} rows in batches of {BATCH:,}, one thread",
        theirs=f"psycopg: copy {BARE} (...) from stdin, write_row; same batches, one thread",
    )
    with tempfile.TemporaryDirectory(prefix="rushes-write-") as folder:
        engine = _database(Path(folder))
        seconds = repeat(lambda: _round(engine, rows))
        engine.dispose()
    return report(rows, seconds)


def report(rows: int, seconds: dict[str, float]) -> Report:
    """The promise is on the ratio of the speeds; where the rest goes is shown beside it."""
    parts = {
        "validation": seconds["validation"],
        "bare COPY": seconds["bare COPY"],
        "indexes and checks": seconds["indexed COPY"] - seconds["bare COPY"],
        "projections": seconds["projections"],
    }
    parts["the rest"] = seconds["batch_create"] - sum(parts.values())
    ratio = seconds["bare COPY"] / seconds["batch_create"]
    return Report(
        "write",
        [
            Figure.at_least("speed of batch_create to bare COPY", ratio, TARGET_RATIO),
            Figure("batch_create", rows / seconds["batch_create"], "rows/s"),
            Figure("bare COPY", rows / seconds["bare COPY"], "rows/s"),
            *(
                Figure(f"of batch_create: {name}", 100 * part / seconds["batch_create"], "%")
                for name, part in parts.items()
            ),
        ],
    )


def _round(engine: Engine, rows: int) -> dict[str, float]:
    """Seconds of each side and of each part; what was written is removed at the end."""
    batches = [batch(f"run-{secrets.token_hex(4)}", BATCH) for _ in range(rows // BATCH)]
    run_ids = sorted({each.run_id for several in batches for each in several})
    repository, registry = ArtifactRepository(default_registry()), default_registry()
    with engine.begin() as connection:
        _insert_runs(connection, run_ids)

    def write(connection: Connection, several: Sequence[ArtifactEnvelope]) -> None:
        repository.batch_create(connection, several)
        ended = runs.c.run_id.in_({each.run_id for each in several})
        connection.execute(
            update(runs).where(ended).values(status="completed", finished_at=func.now())
        )

    def validate(connection: Connection, several: Sequence[ArtifactEnvelope]) -> None:
        for each in several:
            registry.parse(each.artifact_type, each.schema_version, each.payload)

    def project(connection: Connection, several: Sequence[ArtifactEnvelope]) -> None:
        project_runs(connection, sorted({each.run_id for each in several}))

    seconds = {
        "bare COPY": _timed(engine, batches, lambda c, some: copy(c, BARE, some)),
        "batch_create": _timed(engine, batches, write),
        "validation": _timed(engine, batches, validate),
        "indexed COPY": _timed(engine, batches, lambda c, some: copy(c, INDEXED, some)),
    }
    with engine.begin() as connection:
        connection.execute(text("truncate transcript_fts, scene_ranges"))
    seconds["projections"] = _timed(engine, batches, project)
    with engine.begin() as connection:
        connection.execute(text(f"truncate runs, {BARE}, {INDEXED} cascade"))
    return seconds


def copy(connection: Connection, table: str, rows: Sequence[ArtifactEnvelope]) -> None:
    """psycopg's COPY, row by row, the payload by its own JSON adapter."""
    statement = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, COLUMNS))
    )
    cursor = connection.connection.cursor()
    with cursor.copy(statement) as writer:
        for row in rows:
            values = [getattr(row, name) for name in COLUMNS]
            writer.write_row([Jsonb(each) if isinstance(each, dict) else each for each in values])


def _timed(
    engine: Engine,
    batches: Batches,
    work: Callable[[Connection, Sequence[ArtifactEnvelope]], object],
) -> float:
    begin = time.perf_counter()
    for several in batches:
        with engine.begin() as connection:
            work(connection, several)
    return time.perf_counter() - begin


def _database(folder: Path) -> Engine:
    """The embedded server in `folder`, whatever server the environment names, with one film."""
    settings = Settings(data_dir=folder).model_copy(update={"database_url": None})
    engine = make_engine(ensure_database(settings).rushes)
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(insert(libraries).values(slug="bench", root="/bench"))
        film = {"path": "film.mp4", "content_hash": "hash", "size_bytes": 1, "mtime_ns": 1}
        connection.execute(insert(asset).values(asset_id=ASSET_ID, library_slug="bench", **film))
        connection.execute(text(f"create table {BARE} (like artifacts)"))
        connection.execute(text(f"create table {INDEXED} (like artifacts including all)"))
    return engine


def _insert_runs(connection: Connection, run_ids: Sequence[str]) -> None:
    constant = {
        "asset_id": ASSET_ID, "content_version": 1, "worker_key": 0,
        "model_profile": "balanced", "config_hash": "c", "input_hash": "d", "producer": "bench",
        "producer_version": "1", "status": "running",
    }  # fmt: skip
    rows = [
        {"run_id": each, "stage": "scenes" if each.endswith("-s") else "transcript", **constant}
        for each in run_ids
    ]
    connection.execute(insert(runs), rows)
