"""Calls in Python, each beside the bare SQL for the same question: prepared, the run known."""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import psycopg
from sqlalchemy import Engine, make_url

from scripts.benchmarks.navigation_calls import CALLS
from scripts.benchmarks.navigation_data import Data
from scripts.benchmarks.navigation_http import Taken
from scripts.benchmarks.navigation_requests import Request

SERVICE, BARE = "service", "bare"
BURST = 10
"""Calls of one kind in a row, half of them with the service first."""
_RUNS = """
select c.asset_id, c.stage, c.run_id from current_runs c join runs r using (run_id)
where r.origin <> 'human'
"""
_STAGES: Mapping[str, str] = {
    "scene": "scenes", "transcript": "transcript", "object": "objects", "person": "faces",
}  # fmt: skip


class Bare:
    """psycopg alone: one connection, no transaction, each statement prepared once."""

    def __init__(self, data: Data) -> None:
        address = make_url(data.engine.url).set(drivername="postgresql")
        self._connection = psycopg.connect(
            address.render_as_string(hide_password=False), autocommit=True, prepare_threshold=0
        )
        self._runs: dict[str, dict[str, str]] = defaultdict(dict)
        for asset_id, stage, run_id in self._connection.execute(_RUNS):
            self._runs[asset_id][stage] = run_id

    def call(self, request: Request, values: Mapping[str, Any]) -> Callable[[], object]:
        """The question, ready to be asked."""
        runs = self._runs[values["film"]]
        kind = values.get("kind", "transcript")
        known = {"run": runs.get(_STAGES[kind]), "runs": [*runs.values()], **values}
        statement = request.statement or ""
        return lambda: self._connection.execute(statement, known).fetchall()

    def close(self) -> None:
        self._connection.close()


def measure(data: Data, bare: Bare, requests: Sequence[Request], times: int, seed: int) -> Taken:
    """Milliseconds of `NAME service` and `NAME bare`, in turn, about films chosen by `seed`."""
    chance, roles = random.Random(seed), data.roles
    taken: Taken = defaultdict(list)
    for _ in range(times // BURST):
        for request in requests:
            for number in range(BURST):
                asked = request.make(chance, roles, data.duration_ms)
                sides = [
                    (SERVICE, _service(data.engine, request, asked.values)),
                    (BARE, bare.call(request, asked.values)),
                ]
                # Who comes second finds the rows in memory.
                for side, call in sides if number % 2 else reversed(sides):
                    taken[f"{request.name} {side}"].append(_timed(call))
    return taken


def measured(requests: Sequence[Request]) -> list[Request]:
    """Those that have both sides."""
    return [each for each in requests if each.bare and each.path in CALLS]


def _service(engine: Engine, request: Request, values: Mapping[str, Any]) -> Callable[[], object]:
    call = CALLS[request.path]
    return lambda: call(engine, values)


def _timed(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return (time.perf_counter() - begin) * 1e3
