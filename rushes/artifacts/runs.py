"""Runs: one execution of one stage on one content version of one film.

A run is completed in the transaction that writes its artifacts. One left `running` by a process
that died is failed by the next sweep: each worker holds a session-level advisory lock in Postgres
while it lives, so nobody has to guess from pids or clocks.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    and_,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import SQLAlchemyError

from rushes.artifacts.vocabulary import ModelProfile, Origin
from rushes.db.tables import asset, runs
from rushes.errors import RushesError

_POLL_SECONDS = 1.0


class RunLostError(RushesError):
    """The run was taken for dead while it worked; its results were not written."""

    code = "run_lost"
    retryable = True


@dataclass(frozen=True, slots=True)
class RunStart:
    """What is known of a run when it starts."""

    asset_id: str
    content_version: int
    stage: str
    model_profile: ModelProfile
    config_hash: str
    input_hash: str
    producer: str
    producer_version: str
    dagster_run_id: str | None = None
    origin: Origin = Origin.ANALYSED
    language: str | None = None
    """ISO 639-1, where the run speaks for one language only and stands beside those of others."""


class Worker:
    """A living process in the eyes of Postgres. Close it, or die, and its open runs are dead."""

    def __init__(self, engine: Engine) -> None:
        self.key = secrets.randbits(62)
        self._connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        self._connection.execute(select(func.pg_advisory_lock(self.key)))

    @property
    def is_alive(self) -> bool:
        """Whether Postgres still sees this worker; it does not after a restart of the server."""
        try:
            self._connection.execute(select(1))
        except SQLAlchemyError:
            return False
        return True

    @contextmanager
    def exclusively(self, work: str, while_waiting: Callable[[], None]) -> Iterator[None]:
        """Hold `work` (any text) alone among all workers; another's is waited for.

        `while_waiting` is called about once a second and may raise to give up.
        """
        key = int.from_bytes(hashlib.sha256(work.encode()).digest()[:8], "big", signed=True)
        while not self._connection.execute(select(func.pg_try_advisory_lock(key))).scalar():
            while_waiting()
            time.sleep(_POLL_SECONDS)
        try:
            yield
        finally:
            with suppress(SQLAlchemyError):  # a lost connection has given the lock back already
                self._connection.execute(select(func.pg_advisory_unlock(key)))

    def close(self) -> None:
        """Give the lock back."""
        with suppress(SQLAlchemyError):
            self._connection.execute(select(func.pg_advisory_unlock(self.key)))
            self._connection.close()


def start_run(connection: Connection, start: RunStart, worker: Worker) -> tuple[str, int]:
    """Write a running run. Returns its id and its attempt, 1 for the first try of this work."""
    run_id = f"r{secrets.token_hex(12)}"
    earlier = select(func.count() + 1).where(_same_work(start))
    inserted = connection.execute(
        insert(runs)
        .values(
            run_id=run_id,
            asset_id=start.asset_id,
            content_version=start.content_version,
            stage=start.stage,
            origin=start.origin.value,
            model_profile=start.model_profile.value,
            config_hash=start.config_hash,
            input_hash=start.input_hash,
            producer=start.producer,
            producer_version=start.producer_version,
            dagster_run_id=start.dagster_run_id,
            language=start.language,
            status="running",
            worker_key=worker.key,
            attempt=earlier.scalar_subquery(),
        )
        .returning(runs.c.attempt)
    )
    return run_id, inserted.scalar_one()


def complete_run(
    connection: Connection,
    run_id: str,
    *,
    doc_id: str | None,
    counts: Mapping[str, Any],
    timings: Mapping[str, float],
) -> None:
    """Mark a running run completed, in the caller's transaction. RunLostError where it is not."""
    changed = connection.execute(
        update(runs)
        .where(runs.c.run_id == run_id, runs.c.status == "running")
        .values(
            status="completed",
            finished_at=func.clock_timestamp(),
            doc_id=doc_id,
            counts=dict(counts),
            timings=dict(timings),
        )
    )
    if changed.rowcount != 1:
        raise RunLostError(f"run {run_id} is no longer running")


def fail_run(
    connection: Connection, run_id: str, error: RushesError, doc_id: str | None = None
) -> None:
    """Mark a running run failed with the error's code and text."""
    connection.execute(
        update(runs)
        .where(runs.c.run_id == run_id, runs.c.status == "running")
        .values(
            status="failed",
            finished_at=func.clock_timestamp(),
            error_code=error.code,
            error_text=str(error),
            error_retryable=error.retryable,
            doc_id=doc_id,
        )
    )


def mark_reported(connection: Connection, run_ids: Sequence[str]) -> None:
    """Note that Dagster's event log knows of these runs."""
    connection.execute(
        update(runs).where(runs.c.run_id.in_(list(run_ids))).values(reported_at=func.now())
    )


def sweep_dead_runs(engine: Engine) -> list[str]:
    """Fail every running run whose worker is dead. Returns their ids."""
    with engine.begin() as connection:
        return [
            run_id
            for key in connection.execute(_OPEN_WORKERS).scalars().all()
            for run_id in connection.execute(_SWEEP, {"key": key}).scalars()
        ]


def dead_workers(engine: Engine, keys: Iterable[int]) -> set[int]:
    """Those of the workers' keys that no living process holds."""
    with engine.begin() as connection:
        return {
            key
            for key in set(keys)
            if connection.execute(select(func.pg_try_advisory_xact_lock(key))).scalar_one()
        }


def find_completed(connection: Connection, start: RunStart) -> Row[Any] | None:
    """The newest completed run of that very work, or None."""
    query = (
        select(runs)
        .where(_same_work(start), runs.c.status == "completed")
        .order_by(runs.c.finished_at.desc(), runs.c.run_id.desc())
        .limit(1)
    )
    return connection.execute(query).first()


def find_imported(
    connection: Connection, asset_id: str, content_version: int, stage: str
) -> Row[Any] | None:
    """The completed run of the stage that was imported last for that content, or None.

    It stands for the stage, whatever configuration is asked for.
    """
    query = select(runs).where(
        runs.c.asset_id == asset_id,
        runs.c.content_version == content_version,
        runs.c.stage == stage,
        runs.c.origin == Origin.IMPORTED.value,
        runs.c.status == "completed",
    )
    return connection.execute(query.order_by(runs.c.started_at.desc()).limit(1)).first()


def imported_work(connection: Connection, asset_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """Film -> stage -> config_hash of what was imported last for its current content.

    Films without an import are left out.
    """
    query = (
        select(runs.c.asset_id, runs.c.stage, runs.c.config_hash)
        .join(
            asset,
            and_(
                asset.c.asset_id == runs.c.asset_id,
                asset.c.content_version == runs.c.content_version,
            ),
        )
        .where(
            runs.c.asset_id.in_(asset_ids),
            runs.c.origin == Origin.IMPORTED.value,
            runs.c.status == "completed",
        )
        .order_by(runs.c.started_at)
    )
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for row in connection.execute(query):
        found[row.asset_id][row.stage] = row.config_hash
    return found


def find_failed_for_good(connection: Connection, start: RunStart) -> Row[Any] | None:
    """The failed run of that very work in the same Dagster run, where no retry can help; or None.

    A chunk that is retried for one film meets here what it cannot mend of the others. A new
    Dagster run tries anew.
    """
    if start.dagster_run_id is None:
        return None
    query = select(runs).where(
        _same_work(start),
        runs.c.status == "failed",
        ~runs.c.error_retryable,
        runs.c.dagster_run_id == start.dagster_run_id,
    )
    return connection.execute(query.limit(1)).first()


def _same_work(start: RunStart) -> ColumnElement[bool]:
    return and_(
        runs.c.asset_id == start.asset_id,
        runs.c.content_version == start.content_version,
        runs.c.stage == start.stage,
        runs.c.config_hash == start.config_hash,
        runs.c.model_profile == start.model_profile.value,
    )


_OPEN_WORKERS = select(runs.c.worker_key).where(runs.c.status == "running").distinct()

# Taking the lock proves the worker dead; it is held until this transaction ends.
_SWEEP = text(
    """
    update runs
    set status = 'failed', finished_at = clock_timestamp(), error_code = 'worker_died',
        error_text = 'the process that ran this stage died', error_retryable = true
    where worker_key = :key and status = 'running' and pg_try_advisory_xact_lock(:key)
    returning run_id
    """
)
