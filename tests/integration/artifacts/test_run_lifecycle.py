"""A run's life, whatever is tried in which order: running once, then ended once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from artifact_making import FILM, SEGMENT, start
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from settling import settle
from sqlalchemy import Engine, select

from rushes.artifacts.runs import RunLostError, Worker, complete_run, fail_run, start_run
from rushes.artifacts.selection import selected_run_ids
from rushes.db.tables import runs
from rushes.errors import MediaError

STEPS = st.lists(st.sampled_from(["start", "complete", "fail"]), max_size=8)


@pytest.fixture
def worker(store_database: Engine) -> Iterator[Worker]:
    worker = Worker(store_database)
    yield worker
    worker.close()


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS, which=st.lists(st.integers(0, 3), min_size=8, max_size=8))
def test_a_run_ends_once_and_only_a_completed_one_answers(
    store_database: Engine, worker: Worker, steps: list[str], which: list[int]
) -> None:
    status: dict[str, str] = {}
    ended: list[str] = []
    with store_database.connect() as connection:
        for step, place in zip(steps, which, strict=False):
            if step == "start":
                run_id, attempt = start_run(connection, start(), worker)
                status[run_id] = "running"
                assert attempt == len(status)
                continue
            run_id = [*status, "nobody"][min(place, len(status))]
            running = status.get(run_id) == "running"
            if step == "fail":
                fail_run(connection, run_id, MediaError("broken"))
            elif running:
                complete_run(connection, run_id, doc_id=None, counts={}, timings={})
                ended.append(run_id)
            else:
                with pytest.raises(RunLostError):
                    complete_run(connection, run_id, doc_id=None, counts={}, timings={})
            if running:
                status[run_id] = {"fail": "failed", "complete": "completed"}[step]
        settle(connection)
        held = {row.run_id: row for row in connection.execute(select(runs))}
        answering = selected_run_ids(connection, FILM, SEGMENT)
        connection.rollback()
    assert {run_id: row.status for run_id, row in held.items()} == status
    assert all((row.finished_at is None) == (row.status == "running") for row in held.values())
    assert all((row.error_code is None) == (row.status != "failed") for row in held.values())
    assert answering == ended[-1:]
