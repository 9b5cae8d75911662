"""What is left to do: stages of films without a completed run, and what stands in the way.

A failure that only a changed file could mend is not tried again until the file changes or someone
asks for it; a transient one is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from rushes.artifacts.hashing import sha256_of
from rushes.artifacts.runs import imported_work
from rushes.artifacts.vocabulary import Origin
from rushes.db.tables import asset, runs
from rushes.pipeline.context import StageTask

_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class StageFailure:
    """Why a stage of a film stands failed."""

    code: str
    text: str
    retryable: bool
    run_id: str


@dataclass(frozen=True, slots=True)
class FilmPlan:
    """One film's stages by what is to be done with them."""

    asset_id: str
    digest: str = ""
    """Of the configurations asked for."""
    pending: tuple[str, ...] = ()
    failed: Mapping[str, StageFailure] = field(default_factory=dict)
    """Stages that only a changed file or `retry-failed` runs again."""
    tries: int = 0
    """Runs of this work so far."""
    failed_at: datetime | None = None
    """When the last try of a stage that may be tried again failed."""

    def is_due(self, now: datetime) -> bool:
        """Whether an unattended retry may come now: each one waits twice as long."""
        if self.failed_at is None:
            return True
        wait = min(_FIRST_WAIT * 2 ** min(self.tries, 16), _LONGEST_WAIT)
        return bool(now - self.failed_at >= wait)

    @property
    def signature(self) -> str:
        """Changes with what is to be done, and with every try at it."""
        return f"{','.join(self.pending)}:{self.digest}:{self.tries}"


def plan_films(
    connection: Connection,
    asset_ids: Sequence[str],
    tasks: Sequence[StageTask],
    *,
    retry_failed: bool = False,
) -> list[FilmPlan]:
    """Plans in the order of `asset_ids`, films with nothing to do included."""
    latest = latest_runs(connection, asset_ids, tasks)
    return [_plan(asset_id, tasks, latest[asset_id], retry_failed) for asset_id in asset_ids]


def _plan(
    asset_id: str, tasks: Sequence[StageTask], latest: Mapping[str, Row[Any]], retry_failed: bool
) -> FilmPlan:
    pending: list[str] = []
    failed: dict[str, StageFailure] = {}
    blocked: set[str] = set()
    for task in tasks:
        stage, run = task.stage.name, latest.get(task.stage.name)
        if blocked.intersection(task.stage.parents):
            blocked.add(stage)
        elif run is not None and run.status == "failed" and not run.error_retryable:
            failed[stage] = StageFailure(run.error_code, run.error_text, False, run.run_id)
            if retry_failed:
                pending.append(stage)
            else:
                blocked.add(stage)
        elif run is None or run.status != "completed" or run.reported_at is None:
            pending.append(stage)
    return FilmPlan(
        asset_id,
        digest=sha256_of([task.config_hash for task in tasks])[:12],
        pending=tuple(pending),
        failed={} if retry_failed else failed,
        tries=sum(run.attempt for run in latest.values()),
        failed_at=max(
            (
                run.finished_at
                for run in latest.values()
                if run.status == "failed" and run.error_retryable
            ),
            default=None,
        ),
    )


def latest_runs(
    connection: Connection, asset_ids: Sequence[str], tasks: Sequence[StageTask]
) -> dict[str, dict[str, Row[Any]]]:
    """Per film and stage the run that speaks for this work: a completed one before any other.

    What was imported speaks for its stage whatever is asked for, and what rests on that stage is
    other work than it would be without.
    """
    imports = imported_work(connection, asset_ids)
    plain = [asset_id for asset_id in asset_ids if asset_id not in imports]
    found: dict[str, dict[str, Row[Any]]] = defaultdict(dict)
    found.update(_latest(connection, plain, tasks))
    for asset_id, imported in imports.items():
        changed = [task.resting_on(imported) for task in tasks]
        found.update(_latest(connection, [asset_id], changed))
    return found


def _latest(
    connection: Connection, asset_ids: Sequence[str], tasks: Sequence[StageTask]
) -> dict[str, dict[str, Row[Any]]]:
    imported = and_(
        runs.c.stage.in_([task.stage.name for task in tasks]),
        runs.c.origin == Origin.IMPORTED.value,
        runs.c.status == "completed",
    )
    work = or_(
        *(
            and_(
                runs.c.stage == task.stage.name,
                runs.c.config_hash == task.config_hash,
                runs.c.model_profile == task.profile.value,
            )
            for task in tasks
        )
    )
    query = (
        select(runs)
        .join(
            asset,
            and_(
                asset.c.asset_id == runs.c.asset_id,
                asset.c.content_version == runs.c.content_version,
            ),
        )
        .where(runs.c.asset_id.in_(asset_ids), or_(work, imported))
        .ext(distinct_on(runs.c.asset_id, runs.c.stage))
        .order_by(
            runs.c.asset_id,
            runs.c.stage,
            imported.desc(),
            (runs.c.status == "completed").desc(),
            runs.c.started_at.desc(),
        )
    )
    found: dict[str, dict[str, Row[Any]]] = defaultdict(dict)
    for row in connection.execute(query):
        found[row.asset_id][row.stage] = row
    return found
