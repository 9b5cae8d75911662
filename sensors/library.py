"""Watches the libraries: asks for a scan where a folder changed, for analysis where it is due."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

import dagster as dg
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
)

from orchestration.jobs import index_videos, scan_libraries
from orchestration.partitions import films_in_flight
from resources.pipeline import PipelineResource
from rushes.artifacts.vocabulary import ModelProfile
from rushes.library.service import LibraryService
from rushes.library.watch import look
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.pending import pending_films
from sensors.decisions import WantedRun, next_repeat, runs_for_films

_MAX_RUNS_A_TICK = 4
_INTERVAL_SECONDS = 30
_LIVE_TAG = "rushes/live"
"""One such run at a time, beside one of a backfill: see orchestration/dagster.yaml."""
_WORK_TAG = "rushes/work"
"""On the runs that were asked for here: what was to be done, the same for repeats of it."""


@dg.sensor(
    name="library_sensor",
    jobs=[scan_libraries, index_videos],
    minimum_interval_seconds=_INTERVAL_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="New, changed and missing films. It only looks and asks; runs do the work.",
)
def library_sensor(
    context: dg.SensorEvaluationContext, pipeline: PipelineResource
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """One tick: scans that are due, then films that are due."""
    opened = pipeline.context
    asked = [*_scans(opened), *_analyses(context.instance, opened)]
    if not asked:
        yield dg.SkipReason("every library is as it was, every film is analysed or in work")
    yield from asked


def _scans(pipeline: PipelineContext) -> list[dg.RunRequest]:
    settings, now = pipeline.settings, datetime.now(UTC)
    service = LibraryService(pipeline.engine, settings)
    seen = [
        look(pipeline.engine, library.slug, now=now, settings=settings)
        for library in service.list()
    ]
    due = [changes for changes in seen if changes.needs_scan]
    if not due:
        return []
    key = "scan:" + ":".join(changes.signature for changes in due)
    return [dg.RunRequest(run_key=key, job_name=scan_libraries.name)]


def _analyses(instance: dg.DagsterInstance, pipeline: PipelineContext) -> list[dg.RunRequest]:
    settings = pipeline.settings
    plans = pending_films(pipeline, ModelProfile(settings.profile), datetime.now(UTC))
    work = {plan.asset_id: plan.signature for plan in plans}
    if not work:
        return []
    all_keys = list(instance.get_dynamic_partitions("videos"))
    wanted = runs_for_films(
        all_keys,
        work,
        films_in_flight(instance, all_keys),
        chunk=settings.chunk_size,
        limit=len(all_keys),
    )
    due = filter(None, (_request(instance, run) for run in wanted))
    return list(islice(due, _MAX_RUNS_A_TICK))


def _request(instance: dg.DagsterInstance, run: WantedRun) -> dg.RunRequest | None:
    """None while a repeat of the same work waits."""
    same_work = dg.RunsFilter(tags={_WORK_TAG: run.run_key})
    ended = [record.update_timestamp for record in instance.get_run_records(same_work)]
    repeat = next_repeat(ended, datetime.now(UTC))
    if repeat is None:
        return None
    return dg.RunRequest(
        run_key=f"{run.run_key}:{repeat}",
        job_name=index_videos.name,
        tags={
            ASSET_PARTITION_RANGE_START_TAG: run.first,
            ASSET_PARTITION_RANGE_END_TAG: run.last,
            _WORK_TAG: run.run_key,
            _LIVE_TAG: "true",
        },
    )
