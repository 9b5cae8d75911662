"""What each request visits: the application in this process, its statements watched."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from rushes.db.engine import make_engine
from rushes.pipeline.context import PipelineContext
from scripts.benchmarks.navigation_data import Data
from scripts.benchmarks.navigation_requests import Asked, Request, is_answer
from scripts.benchmarks.navigation_visits import (
    ROWS_OF_A_SMALL_TABLE,
    Statement,
    Watch,
    rows_in,
)

ROWS_A_ROW = 20
ROWS_A_REQUEST = 100
PREPARED_AFTER = 12
"""Calls before one is watched: by then psycopg has prepared the statements, and Postgres has
chosen between a plan for each parameter and one for all."""

WATCHED = 5


@dataclass(frozen=True, slots=True)
class Visits:
    """What one call visited for what it answered."""

    request: str
    asked: Asked
    answered: int
    """Rows in the answer."""
    statements: tuple[Statement, ...]
    read_whole: tuple[str, ...]
    """Tables of more than a thousand rows that were read from end to end."""

    @property
    def visited(self) -> int:
        return sum(each.visited for each in self.statements)

    @property
    def blocks(self) -> int:
        return sum(each.blocks for each in self.statements)

    @property
    def allowed(self) -> int:
        return ROWS_A_ROW * self.answered + ROWS_A_REQUEST

    @property
    def part(self) -> float:
        """Of what is allowed."""
        return self.visited / self.allowed

    @property
    def holds(self) -> bool:
        return self.visited <= self.allowed and not self.read_whole

    def line(self) -> str:
        """For a person."""
        verdict = "" if self.holds else f"   TOO MUCH{', whole: ' * bool(self.read_whole)}"
        return (
            f"{self.request:<32} {self.answered:>5} rows  {len(self.statements):>2} statements "
            f"{self.visited:>9,} visited of {self.allowed:>6,}  {self.blocks:>7,} blocks"
            f"{verdict}{', '.join(self.read_whole)}"
        )


def visits(data: Data, requests: Sequence[Request]) -> list[Visits]:
    """Of several calls of each request the one that visited most for its answer."""
    with _watched(data) as (client, watch, rows):
        found = (_worst(client, watch, rows, data, each) for each in requests)
        return [each for each in found if each is not None]


def offenders(found: Sequence[Visits]) -> Iterator[str]:
    """The statements of the calls that visited too much, with their scans."""
    for each in found:
        if not each.holds:
            yield f"{each.request}: {each.asked.path} {each.asked.params} {each.asked.body or ''}"
            for statement in sorted(each.statements, key=lambda one: -one.visited)[:2]:
                scans = sorted(statement.scans, key=lambda scan: -scan.visited)[:4]
                yield f"  {'; '.join(map(str, scans))}"
                yield f"    {' '.join(statement.query.split())[:600]}"


def _worst(
    client: TestClient, watch: Watch, rows: dict[str, int], data: Data, request: Request
) -> Visits | None:
    """None where the request is not served."""
    chance, roles = random.Random(1), data.roles
    seen = []
    for number in range(PREPARED_AFTER + WATCHED):
        watch.clear()
        asked = request.make(chance, roles, data.duration_ms)
        answer = client.request(asked.method, asked.path, params=asked.params, json=asked.body)
        if not is_answer(answer.status_code, answer.text):
            print(f"{request.name}: {answer.status_code} {answer.text[:200]}", flush=True)
            return None
        if not watch.statements:
            raise RuntimeError(f"no plan of {request.name} was seen: nothing is watched")
        if number >= PREPARED_AFTER:
            seen.append(_seen(request, asked, rows_in(answer.json()), watch, rows))
    return max(seen, key=lambda each: (not each.holds, each.part))


def _seen(
    request: Request, asked: Asked, answered: int, watch: Watch, rows: dict[str, int]
) -> Visits:
    whole = {
        scan.relation
        for statement in watch.statements
        for scan in statement.scans
        if scan.node == "Seq Scan" and rows.get(scan.relation, 0) > ROWS_OF_A_SMALL_TABLE
    }
    return Visits(request.name, asked, answered, tuple(watch.statements), tuple(sorted(whole)))


@contextmanager
def _watched(data: Data) -> Iterator[tuple[TestClient, Watch, dict[str, int]]]:
    """The application, what it runs, and how many rows each table has."""
    from rushes.api.app import make_app

    engine = make_engine(data.engine.url.render_as_string(hide_password=False))
    try:
        rows = _rows_of_tables(data.engine)
        watch = Watch(engine)
        client = TestClient(
            make_app(PipelineContext(data.settings, engine)), raise_server_exceptions=False
        )
        yield client, watch, rows
    finally:
        engine.dispose()


def _rows_of_tables(engine: Engine) -> dict[str, int]:
    query = "select relname, reltuples::bigint as rows from pg_class where relkind = 'r'"
    with engine.connect() as connection:
        return {each.relname: each.rows for each in connection.execute(text(query))}
