"""Telling Dagster of many films at once, behind the work that goes on meanwhile.

An event that is logged alone costs 20 to 40 ms on Postgres, one of five hundred in a statement a
millisecond at most. Postgres is the truth of what is published; what is told here is for people to
look at, so that nothing waits for it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias

import dagster as dg
from dagster._core.events import (
    AssetObservationData,
    DagsterEvent,
    DagsterEventType,
    StepMaterializationData,
)
from dagster._core.events.log import EventLogEntry
from dagster._core.instance.utils import RUNLESS_JOB_NAME, RUNLESS_RUN_ID

FilmEvent: TypeAlias = dg.AssetMaterialization | dg.AssetObservation
"""Each of a partition."""

_EVENTS_AT_ONCE: Final = 500
_WAIT_SECONDS: Final = 1.0
_log = logging.getLogger("rushes.runs")


class FilmReports:
    """A thread that tells of films what `describe` says of them by then.

    A film that is named again before its turn is told of once. Close it at the end.
    """

    def __init__(
        self,
        tell: Callable[[Sequence[FilmEvent]], None],
        describe: Callable[[Sequence[str]], Iterable[FilmEvent]],
    ) -> None:
        self._tell = tell
        self._describe = describe
        self._waiting: dict[str, None] = {}
        self._guard = threading.Lock()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._work, name="film-reports", daemon=True)
        self._thread.start()
        self.told = 0
        self.lost = 0

    def add(self, asset_ids: Iterable[str]) -> None:
        """Note films; returns at once."""
        with self._guard:
            self._waiting.update(dict.fromkeys(asset_ids))

    def close(self) -> None:
        """Tell what is left, and end."""
        self._end.set()
        self._thread.join()

    def _work(self) -> None:
        is_last = False
        while not is_last:
            is_last = self._end.wait(_WAIT_SECONDS)
            while films := self._next():
                self._report(films)

    def _next(self) -> list[str]:
        with self._guard:
            films = list(self._waiting)[:_EVENTS_AT_ONCE]
            for each in films:
                del self._waiting[each]
        return films

    def _report(self, films: Sequence[str]) -> None:
        try:
            self._tell(list(self._describe(films)))
            self.told += len(films)
        except Exception:  # whatever it is, the drain must not end for it
            self.lost += len(films)
            _log.exception("Dagster could not be told of %d films", len(films))


def log_events(
    instance: dg.DagsterInstance, run: dg.DagsterRun | None, events: Sequence[FilmEvent]
) -> None:
    """Write events to Dagster's log, of a run or (None) of what was done outside of any.

    What `context.log_event` and `report_runless_asset_event` write one by one.
    """
    for kind in (dg.AssetMaterialization, dg.AssetObservation):
        entries = [_entry(run, each) for each in events if isinstance(each, kind)]
        for start in range(0, len(entries), _EVENTS_AT_ONCE):
            part = entries[start : start + _EVENTS_AT_ONCE]
            instance.event_log_storage.store_event_batch(part)


def _entry(run: dg.DagsterRun | None, event: FilmEvent) -> EventLogEntry:
    run_id, job_name = (run.run_id, run.job_name) if run else (RUNLESS_RUN_ID, RUNLESS_JOB_NAME)
    if isinstance(event, dg.AssetMaterialization):
        kind, data = DagsterEventType.ASSET_MATERIALIZATION, StepMaterializationData(event)
    else:
        kind, data = DagsterEventType.ASSET_OBSERVATION, AssetObservationData(event)
    return EventLogEntry(
        error_info=None,
        level=logging.DEBUG,
        user_message="",
        run_id=run_id,
        timestamp=time.time(),
        job_name=job_name,
        dagster_event=DagsterEvent(
            event_type_value=kind.value, job_name=job_name, event_specific_data=data
        ),
    )
