"""A database of made films: the same rows by the same way as stages write them, in large steps."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from psycopg import sql
from sqlalchemy import Connection, Engine, Table, insert, text

from rushes.artifacts.projections import project_runs
from rushes.db.people_tables import face_assignments, people
from rushes.db.tables import artifact_selections, artifacts, asset, libraries, runs
from rushes.pipeline.startup import close_context, open_context
from rushes.settings import Settings
from scripts.benchmarks.navigation_films import (
    LIBRARIES,
    PEOPLE,
    TYPES,
    FilmRows,
    Role,
    Size,
    cluster_id,
    films,
    person_name,
)
from scripts.benchmarks.navigation_payloads import duration_ms
from scripts.benchmarks.own_data import PROJECT, remove_folder

FILMS_A_TRANSACTION = 5
FILMS_A_LINE = 100
ANALYSED_AFTER = (5, 50, 300)
"""Films."""

_ARTIFACTS = tuple(column.name for column in artifacts.c)
_ASSIGNMENTS = ("artifact_id", "asset_id", "run_id", "cluster_id", "confidence")
_NOTE = "navigation.json"


@dataclass(frozen=True, slots=True)
class Data:
    """Made films in a database that answers."""

    folder: Path
    settings: Settings
    engine: Engine
    size: Size

    @property
    def roles(self) -> list[Role]:
        """All films."""
        return [Role(number, self.size.films) for number in range(self.size.films)]

    @property
    def duration_ms(self) -> int:
        """Of each film."""
        return duration_ms(self.size.scale)


@contextmanager
def made_films(size: Size, keep: Path | None = None) -> Iterator[Data]:
    """A data directory with these films; those of `keep` are made once and kept."""
    folder = keep.resolve() if keep else Path(mkdtemp(prefix="rushes-navigation-"))
    settings = settings_of(folder)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)  # else the cluster would lie elsewhere where root runs this
    try:
        engine = open_context(settings).engine
        _fill_once(engine, folder / _NOTE, size)
        yield Data(folder, settings, engine, size)
    finally:
        close_context(settings)
        if keep is None:
            remove_folder(folder)


def settings_of(folder: Path) -> Settings:
    """Of a data directory with its own Postgres, whatever server the environment names."""
    return Settings(data_dir=folder, offline=True).model_copy(update={"database_url": None})


def environment(folder: Path) -> dict[str, str]:
    """The same for a process."""
    foreign = ("RUSHES_", "DAGSTER_", "DATABASE_URL", "QUICKWIT_URL")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return kept | {"RUSHES_DATA_DIR": str(folder), "RUSHES_OFFLINE": "1"}


def _fill_once(engine: Engine, note: Path, size: Size) -> None:
    described = {**asdict(size), "schema": schema_digest()}
    if note.exists():
        if json.loads(note.read_text()) != described:
            raise SystemExit(f"{note.parent} holds other films or an older schema: remove it")
        return
    begin = time.perf_counter()
    fill(engine, size)
    print(f"made {size.artifacts:,} artifacts in {time.perf_counter() - begin:.0f} s", flush=True)
    note.write_text(json.dumps(described))


def schema_digest() -> str:
    """Of all migrations: kept films are of use to that schema alone."""
    paths = sorted(
        path for path in (PROJECT / "migrations").rglob("*") if path.suffix in (".py", ".sql")
    )
    return sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def fill(engine: Engine, size: Size) -> None:
    """Every film with its runs, artifacts, projections, and what is derived at the commit."""
    with engine.begin() as connection:
        _add_libraries(connection)
    made = films(size)
    while several := list(islice(made, FILMS_A_TRANSACTION)):
        with engine.begin() as connection:
            connection.execute(text("set local synchronous_commit = off"))
            _add_films(connection, several)
        done = several[-1].role.number + 1
        if done % FILMS_A_LINE == 0:
            print(f"made {done:,} of {size.films:,} films", flush=True)
        if done in ANALYSED_AFTER or done == size.films:
            _analyse(engine)


def _analyse(engine: Engine) -> None:
    """What autovacuum does in a library that grows more slowly."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum (analyze)"))


def _add_libraries(connection: Connection) -> None:
    connection.execute(insert(libraries), [{"slug": s, "root": f"/{s}"} for s in LIBRARIES])
    connection.execute(
        insert(people),
        [
            {
                "cluster_id": cluster_id(slug, number),
                "effective_id": cluster_id(slug, number),
                "library_slug": slug,
                "name": person_name(number),
            }
            for slug in LIBRARIES
            for number in range(PEOPLE)
        ],
    )


def _add_films(connection: Connection, several: Sequence[FilmRows]) -> None:
    connection.execute(insert(asset), [_asset(each) for each in several])
    made = [run for each in several for run in each.runs]
    connection.execute(insert(runs), made)
    _copy(connection, artifacts, _ARTIFACTS, [row for each in several for row in each.artifacts])
    _copy(
        connection, face_assignments, _ASSIGNMENTS,
        [row for each in several for row in each.assignments],
    )  # fmt: skip
    project_runs(connection, [run["run_id"] for run in made])
    if policies := [row for each in several for row in _policies(each)]:
        connection.execute(insert(artifact_selections), policies)


def _asset(film: FilmRows) -> dict[str, Any]:
    role = film.role
    return {
        "asset_id": role.asset_id,
        "library_slug": role.library,
        "path": f"{role.asset_id}.mp4",
        "content_hash": f"hash-{role.number}",
        "size_bytes": 1,
        "mtime_ns": 1,
        "duration_ms": film.duration_ms,
        "capture_time": role.captured_at,
    }


def _policies(film: FilmRows) -> Iterator[dict[str, Any]]:
    if film.role.answers_by_older:
        for each in TYPES:
            yield {
                "asset_id": film.role.asset_id,
                "artifact_type": each.value,
                "mode": "profile",
                "preferred_profile": "fast",
            }


def _copy(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    statement = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.connection.cursor().copy(statement) as writer:
        for row in rows:
            writer.write_row(row)
