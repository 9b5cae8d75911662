"""What the outbox costs those who write: the same rows with its triggers and without, in turn.

Bulk: rows of many films are taken out and come back by one COPY. Single: one row, one transaction,
in which nobody waits for the disk.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from statistics import median
from typing import Any

from psycopg import Connection, Cursor, sql
from sqlalchemy import Engine, text

from scripts.benchmarks.report import Figure
from scripts.benchmarks.search_data import Data, statement, vacuum

TABLES = ("transcript_fts", "object_labels")
FILMS, FILMS_QUICK = 1_000, 50
BLOCK, BLOCK_QUICK = 100, 20
"""Single rows that are written before the triggers are switched."""
BLOCKS = 3
WITH, WITHOUT = "with triggers", "without"
BULK_TARGET, SINGLE_TARGET_MS = 0.45, 0.3
SINGLE = ("insert", "update")

Columns = Sequence[str]


def measure(data: Data, quick: bool) -> dict[str, float]:
    """One round: of each table the seconds of both COPYs, and the ms of one row."""
    films = min(FILMS_QUICK if quick else FILMS, data.size.films)
    taken: dict[str, float] = {}
    for table in TABLES:
        taken |= _bulk(data.engine, table, films)
    taken |= _single(data.engine, BLOCK_QUICK if quick else BLOCK)
    vacuum(data.engine)
    return taken


def figures(taken: dict[str, float]) -> list[Figure]:
    """Cost of the triggers as a part of the COPY, and in ms of a row."""
    bulk = [
        Figure.at_most(
            f"triggers: COPY {table}",
            taken[f"COPY {table} {WITH}"] / taken[f"COPY {table} {WITHOUT}"] - 1,
            BULK_TARGET,
        )
        for table in TABLES
    ]
    single = [
        Figure.at_most(
            f"triggers: {each} of a row",
            taken[f"{each} {WITH}"] - taken[f"{each} {WITHOUT}"],
            SINGLE_TARGET_MS,
            "ms",
        )
        for each in SINGLE
    ]
    shown = [
        Figure(f"{each} {WITHOUT}", taken[f"{each} {WITHOUT}"], "ms" if each in SINGLE else "s")
        for each in (*(f"COPY {table}" for table in TABLES), *SINGLE)
    ]
    return [*bulk, *single, *shown]


def _bulk(engine: Engine, table: str, films: int) -> dict[str, float]:
    """Seconds of a COPY, commit included; each way once before it counts."""
    seconds: dict[str, float] = {}
    columns = _columns(engine, table)
    for way in (WITHOUT, WITH) * 2:
        with _cursor(engine) as cursor:
            rows = _taken_out(cursor, table, columns, films)
        with _triggers(engine, way), _cursor(engine) as cursor:
            begin = time.perf_counter()
            with cursor.copy(_copy(table, columns)) as copy:
                copy.write(rows)
            seconds[f"COPY {table} {way}"] = time.perf_counter() - begin
    return seconds


def _single(engine: Engine, rows: int) -> dict[str, float]:
    """Median ms of a row that is inserted, and of one that is changed."""
    table = "object_labels"
    columns = _columns(engine, table)
    insert = _insert(table, columns)
    ms: dict[str, list[float]] = defaultdict(list)
    for way in (WITHOUT, WITH) * BLOCKS:
        with _triggers(engine, way), _cursor(engine) as cursor:
            # Waiting for the disk is the same for both, and by far the most of it.
            cursor.execute("set synchronous_commit = off")
            for row in _rows(cursor, table, columns, rows):
                ms[f"insert {way}"].append(_timed(cursor, insert, row))
            for asset_id in _films(cursor, rows):
                ms[f"update {way}"].append(_timed(cursor, _UPDATE, [asset_id]))
            cursor.execute("reset synchronous_commit")
    return {name: median(times) for name, times in ms.items()}


_UPDATE = sql.SQL("update asset set is_favorite = not is_favorite where asset_id = %s")


def _timed(cursor: Cursor[Any], wanted: sql.SQL | sql.Composed, values: Sequence[Any]) -> float:
    begin = time.perf_counter()
    cursor.execute(wanted, values)
    return (time.perf_counter() - begin) * 1e3


def _taken_out(cursor: Cursor[Any], table: str, columns: Columns, films: int) -> bytes:
    """The rows of the first films as COPY writes them; they are gone then."""
    first = sql.SQL("asset_id in (select asset_id from asset order by 1 limit {})").format(films)
    held = sql.Identifier(table)
    chosen = sql.SQL("(select {} from {} where {})").format(_listed(columns), held, first)
    with cursor.copy(sql.SQL("copy {} to stdout").format(chosen)) as copy:
        rows = b"".join(copy)
    cursor.execute(sql.SQL("delete from {} where {}").format(held, first))
    return rows


def _rows(cursor: Cursor[Any], table: str, columns: Columns, count: int) -> list[tuple[Any, ...]]:
    """Some rows, which are gone then."""
    wanted = sql.SQL(
        "delete from {0} where artifact_id in (select artifact_id from {0} order by 1 limit {1})"
        " returning {2}"
    )
    return cursor.execute(wanted.format(sql.Identifier(table), count, _listed(columns))).fetchall()


def _films(cursor: Cursor[Any], count: int) -> list[str]:
    wanted = "select asset_id from asset order by 1 limit %s"
    return [asset_id for (asset_id,) in cursor.execute(wanted, [count])]


def _columns(engine: Engine, table: str) -> Columns:
    """All but those that Postgres computes."""
    wanted = (
        "select attname from pg_attribute where attrelid = cast(:table as regclass)"
        " and attnum > 0 and not attisdropped and attgenerated = '' order by attnum"
    )
    with engine.connect() as connection:
        return list(connection.execute(text(wanted), {"table": table}).scalars())


def _copy(table: str, columns: Columns) -> sql.Composed:
    return sql.SQL("copy {} ({}) from stdin").format(sql.Identifier(table), _listed(columns))


def _insert(table: str, columns: Columns) -> sql.Composed:
    values = sql.SQL(", ").join([sql.Placeholder()] * len(columns))
    return sql.SQL("insert into {} ({}) values ({})").format(
        sql.Identifier(table), _listed(columns), values
    )


def _listed(columns: Columns) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


@contextmanager
def _cursor(engine: Engine) -> Iterator[Cursor[Any]]:
    """Each statement is a transaction of its own."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        own = connection.connection.driver_connection
        assert isinstance(own, Connection)
        with own.cursor() as cursor:
            yield cursor


@contextmanager
def _triggers(engine: Engine, way: str) -> Iterator[None]:
    """Those of the outbox enabled or not, and enabled in the end."""
    try:
        _switch(engine, "enable_triggers" if way == WITH else "disable_triggers")
        yield
    finally:
        _switch(engine, "enable_triggers")


def _switch(engine: Engine, name: str) -> None:
    with engine.begin() as connection:
        connection.execute(statement(name))
