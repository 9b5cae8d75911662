"""A data directory with films that are analysed and not indexed yet, by the tables' own ways."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from psycopg import sql
from sqlalchemy import Connection, Engine, TextClause, insert, text

from rushes.artifacts.projections import project_runs
from rushes.db.people_tables import people
from rushes.db.sql import load_sql
from rushes.db.tables import artifacts, libraries
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.startup import close_context, open_context
from rushes.settings import Settings
from scripts.benchmarks.navigation_data import schema_digest, settings_of
from scripts.benchmarks.own_data import remove_folder
from scripts.benchmarks.search_films import (
    LIBRARIES,
    PEOPLE,
    STAGES,
    FilmRows,
    Size,
    cluster_id,
    films,
)

FILMS_A_TRANSACTION = 100
FILMS_A_LINE = 1_000
ANALYSED_AFTER = (100, 1_000)
"""Films."""

_HERE = Path(__file__).parent
_NOTE = "search.json"
_ARTIFACTS = tuple(column.name for column in artifacts.c if column.name != "created_at")
_FACES = ("artifact_id", "asset_id", "run_id", "cluster_id", "confidence")


@dataclass(frozen=True, slots=True)
class Data:
    """Made films in a database that answers."""

    context: PipelineContext
    size: Size

    @property
    def settings(self) -> Settings:
        return self.context.settings

    @property
    def engine(self) -> Engine:
        return self.context.engine

    @property
    def folder(self) -> Path:
        return self.settings.data_dir


@contextmanager
def made_films(size: Size, keep: Path | None = None) -> Iterator[Data]:
    """These films, none of them in an index; those of `keep` are made once and kept."""
    folder = keep.resolve() if keep else Path(mkdtemp(prefix="rushes-search-"))
    settings = search_settings(folder)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)  # else the cluster would lie elsewhere where root runs this
    # The node of an earlier run has ended with it: nothing of it is of use.
    shutil.rmtree(settings.quickwit_dir, ignore_errors=True)
    try:
        context = open_context(settings)
        _fill_once(context.engine, folder / _NOTE, size)
        forget_indexes(context.engine)
        yield Data(context, size)
    finally:
        close_context(settings)
        if keep is None:
            remove_folder(folder)


def search_settings(folder: Path) -> Settings:
    """Of a data directory with its own Postgres and its own search node."""
    return settings_of(folder).model_copy(update={"quickwit_url": None})


def statement(name: str) -> TextClause:
    """The one in `sql/search/NAME.sql`."""
    return load_sql(_HERE, f"search/{name}")


def vacuum(engine: Engine) -> None:
    """What autovacuum does in a library that grows more slowly."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum (analyze)"))


def copied(
    connection: Connection, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """psycopg's COPY."""
    statement = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.connection.cursor().copy(statement) as writer:
        for row in rows:
            writer.write_row(row)


def _fill_once(engine: Engine, note: Path, size: Size) -> None:
    described = {**asdict(size), "schema": schema_digest()}
    if note.exists():
        if json.loads(note.read_text()) != described:
            raise SystemExit(f"{note.parent} holds other films or an older schema: remove it")
        return
    begin = time.perf_counter()
    with engine.begin() as connection:
        _add_libraries(connection)
    made = films(size)
    while several := list(islice(made, FILMS_A_TRANSACTION)):
        with engine.begin() as connection:
            connection.execute(text("set local synchronous_commit = off"))
            _add_films(connection, several)
        done = several[-1].number + 1
        if done % FILMS_A_LINE == 0:
            print(f"made {done:,} films in {time.perf_counter() - begin:.0f} s", flush=True)
        if done in ANALYSED_AFTER or done == size.films:
            vacuum(engine)
    note.write_text(json.dumps(described))


def forget_indexes(engine: Engine) -> None:
    """As before the first sync: everything waits."""
    with engine.begin() as connection:
        connection.execute(statement("forget_indexes"))
        connection.execute(statement("enqueue_all"))
    vacuum(engine)


def _add_libraries(connection: Connection) -> None:
    connection.execute(insert(libraries), [{"slug": s, "root": f"/{s}"} for s in LIBRARIES])
    persons = [(slug, number) for slug in LIBRARIES for number in range(PEOPLE)]
    rows = [
        {"cluster_id": key, "effective_id": key, "library_slug": slug, "name": f"Name {number}"}
        for slug, number in persons
        for key in [cluster_id(slug, number)]
    ]
    connection.execute(insert(people), rows)


def _add_films(connection: Connection, several: Sequence[FilmRows]) -> None:
    values = {
        "asset_ids": [each.asset_id for each in several],
        "libraries": [each.library for each in several],
        "durations": [each.duration_ms for each in several],
        "dates": [each.captured_at for each in several],
    }
    connection.execute(statement("add_films"), values)
    made = [(each.run_id(kind), each.asset_id, STAGES[kind]) for each in several for kind in STAGES]
    run_ids, asset_ids, stages = map(list, zip(*made, strict=True))
    values = {"run_ids": run_ids, "asset_ids": asset_ids, "stages": stages}
    connection.execute(statement("add_runs"), values)
    copied(
        connection, "artifacts", _ARTIFACTS, [_artifact(f, a) for f in several for a in f.artifacts]
    )
    copied(connection, "face_assignments", _FACES, [_face(f, a) for f in several for a in f.faces])
    project_runs(connection, run_ids)


def _artifact(film: FilmRows, found: tuple[Any, ...]) -> tuple[Any, ...]:
    key, artifact_type, start_ms, end_ms, payload, run_id = found
    stage = STAGES[artifact_type]
    profile = "none" if stage == "scenes" else "balanced"
    made = (f"{stage}-model", "1", profile, f"{stage}-config", film.asset_id, run_id)
    return (key, film.asset_id, artifact_type, 1, start_ms, end_ms, payload, *made)


def _face(film: FilmRows, found: tuple[str, str, str]) -> tuple[Any, ...]:
    key, run_id, person = found
    return (key, film.asset_id, run_id, person, 0.9)
