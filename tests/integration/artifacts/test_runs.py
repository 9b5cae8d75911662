"""The life of a run: running, then completed or failed, and failed when its process died."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from artifact_making import add_run, start
from sqlalchemy import Connection, Engine, Row, select

from rushes.artifacts.runs import (
    RunLostError,
    Worker,
    complete_run,
    fail_run,
    find_completed,
    mark_reported,
    start_run,
    sweep_dead_runs,
)
from rushes.db.tables import runs
from rushes.errors import MediaError

LIVING_WORKER = """
import sys, time
sys.path.insert(0, sys.argv[2])
from artifact_making import start
from rushes.artifacts.runs import Worker, start_run
from rushes.db.engine import make_engine
engine = make_engine(sys.argv[1])
worker = Worker(engine)
with engine.begin() as connection:
    print(start_run(connection, start(), worker)[0], flush=True)
time.sleep(60)
"""


@pytest.fixture
def worker(film_engine: Engine) -> Iterator[Worker]:
    worker = Worker(film_engine)
    yield worker
    worker.close()


def row(connection: Connection, run_id: str) -> Row[Any]:
    return connection.execute(select(runs).where(runs.c.run_id == run_id)).one()


def complete(connection: Connection, run_id: str) -> None:
    complete_run(connection, run_id, doc_id="doc", counts={"scene": 2}, timings={"analyse": 1.5})


def test_a_run_runs_and_is_completed(connection: Connection, worker: Worker) -> None:
    run_id, attempt = start_run(connection, start(), worker)
    assert (row(connection, run_id).status, attempt) == ("running", 1)
    complete(connection, run_id)
    done = row(connection, run_id)
    assert (done.status, done.doc_id, done.counts) == ("completed", "doc", {"scene": 2})
    assert done.timings == {"analyse": 1.5}
    assert done.finished_at >= done.started_at
    assert done.reported_at is None


def test_each_try_at_the_same_work_counts_one_up(connection: Connection, worker: Worker) -> None:
    attempts = [start_run(connection, start(), worker)[1] for _ in range(3)]
    assert attempts == [1, 2, 3]
    assert start_run(connection, start("scenes"), worker)[1] == 1


def test_a_failed_run_says_why(connection: Connection, worker: Worker) -> None:
    run_id, _ = start_run(connection, start(), worker)
    fail_run(connection, run_id, MediaError("cut off", code="truncated", remedy="copy it again"))
    failed = row(connection, run_id)
    assert (failed.status, failed.error_code) == ("failed", "truncated")
    assert failed.error_text == "cut off (copy it again)"
    assert failed.error_retryable is False


@pytest.mark.parametrize("status", ["completed", "failed"])
def test_only_a_running_run_can_be_completed(connection: Connection, status: str) -> None:
    run_id = add_run(connection, status=status)
    with pytest.raises(RunLostError):
        complete(connection, run_id)
    assert row(connection, run_id).status == status


def test_failing_a_completed_run_changes_nothing(connection: Connection) -> None:
    run_id = add_run(connection)
    fail_run(connection, run_id, MediaError("late"))
    assert row(connection, run_id).status == "completed"


def test_the_newest_completed_run_of_the_very_work_is_found(
    connection: Connection, worker: Worker
) -> None:
    assert find_completed(connection, start()) is None
    older, newer = (start_run(connection, start(), worker)[0] for _ in range(2))
    start_run(connection, start(), worker)
    complete(connection, older)
    complete(connection, newer)
    found = find_completed(connection, start())
    assert found is not None
    assert found.run_id == newer
    assert find_completed(connection, start("scenes")) is None
    assert find_completed(connection, start(version=2)) is None


def test_a_reported_run_carries_the_time(connection: Connection) -> None:
    told, untold = add_run(connection), add_run(connection)
    mark_reported(connection, [told])
    assert row(connection, told).reported_at is not None
    assert row(connection, untold).reported_at is None


def test_the_sweep_fails_the_runs_of_a_killed_process(
    film_engine: Engine, database_url: str, worker: Worker, request: pytest.FixtureRequest
) -> None:
    with film_engine.begin() as connection:
        ours, _ = start_run(connection, start("scenes"), worker)
    arguments = [database_url, str(request.path.parent)]
    process = subprocess.Popen(
        [sys.executable, "-c", LIVING_WORKER, *arguments], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        theirs = process.stdout.readline().strip()
        assert theirs
        assert sweep_dead_runs(film_engine) == []
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    assert _swept_within(film_engine, seconds=60) == [theirs]
    with film_engine.connect() as connection:
        dead = row(connection, theirs)
        assert (dead.status, dead.error_code, dead.error_retryable) == (
            "failed",
            "worker_died",
            True,
        )
        assert row(connection, ours).status == "running"
        with pytest.raises(RunLostError):
            complete(connection, theirs)


def test_a_closed_worker_leaves_its_open_run_to_the_sweep(film_engine: Engine) -> None:
    worker = Worker(film_engine)
    with film_engine.begin() as connection:
        run_id, _ = start_run(connection, start(), worker)
    assert sweep_dead_runs(film_engine) == []
    worker.close()
    assert sweep_dead_runs(film_engine) == [run_id]
    assert sweep_dead_runs(film_engine) == []


def _swept_within(engine: Engine, seconds: float) -> list[str]:
    """Postgres notices a death when it reads the closed socket, not at once."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if swept := sweep_dead_runs(engine):
            return swept
        time.sleep(0.05)
    return []
