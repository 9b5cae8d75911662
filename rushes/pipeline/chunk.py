"""A chunk: several films through their stages, one after the other, in one process.

A film's failure ends that film's later stages and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest

from rushes.artifacts.vocabulary import ModelProfile
from rushes.errors import AnalysisError, RushesError
from rushes.library.records import Video
from rushes.library.repository import get_video
from rushes.pipeline.ahead import decoding_ahead
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.faults import as_rushes_error
from rushes.pipeline.outcome import OutcomeStatus, StageOutcome
from rushes.pipeline.stage_run import StageRun
from rushes.pipeline.stages import MEDIA_PASS, STAGES, StageDefinition


def run_chunk(
    context: PipelineContext,
    asset_ids: Sequence[str],
    stages: Sequence[str],
    profile: ModelProfile,
    dagster_run_id: str | None = None,
) -> Iterator[StageOutcome]:
    """Take each film through `stages`, in the pipeline's order, yielding as each one ends.

    Once a film's own media pass stands, the next film is decoded beside its models.
    """
    chosen = [stage for stage in STAGES if stage.name in stages]
    with decoding_ahead(context) as ahead:
        for asset_id, following in zip_longest(asset_ids, asset_ids[1:]):
            took = ahead.seconds
            for outcome in _run_film(context, asset_id, chosen, profile, dagster_run_id, took):
                if following and outcome.stage == MEDIA_PASS and outcome.succeeded:
                    ahead.start(following)
                yield outcome


def _run_film(
    context: PipelineContext,
    asset_id: str,
    stages: Sequence[StageDefinition],
    profile: ModelProfile,
    dagster_run_id: str | None,
    decoded_ahead: Mapping[str, float],
) -> Iterator[StageOutcome]:
    try:
        film = get_video(context.engine, asset_id)
    except RushesError as error:
        for stage in stages:
            yield StageOutcome(asset_id, stage.name, OutcomeStatus.FAILED, error=error)
        return
    failed: dict[str, RushesError] = {}
    for stage in stages:
        cause = next((failed[parent] for parent in stage.parents if parent in failed), None)
        if cause is not None:
            outcome = _skipped(asset_id, stage, cause)
        else:
            outcome = _run_stage(context, film, stage, profile, dagster_run_id, decoded_ahead)
            cause = None if outcome.status is OutcomeStatus.UNAVAILABLE else outcome.error
        if cause is not None:
            failed[stage.name] = cause
        yield outcome


def _run_stage(
    context: PipelineContext,
    film: Video,
    stage: StageDefinition,
    profile: ModelProfile,
    dagster_run_id: str | None,
    decoded_ahead: Mapping[str, float],
) -> StageOutcome:
    try:
        task = context.task(stage.name, profile, film.library_slug)
    except AnalysisError as error:
        return StageOutcome(film.asset_id, stage.name, OutcomeStatus.UNAVAILABLE, error=error)
    try:
        return StageRun(
            context, film, task, dagster_run_id, decoded_ahead.get(film.asset_id)
        ).execute()
    except Exception as error:  # not even recorded; the next film may fare better
        known = as_rushes_error(error)
        return StageOutcome(film.asset_id, stage.name, OutcomeStatus.FAILED, error=known)


def _skipped(asset_id: str, stage: StageDefinition, cause: RushesError) -> StageOutcome:
    error = AnalysisError(
        f"not tried, since an earlier stage failed: {cause.message}",
        code=cause.code,
        retryable=cause.retryable,
        remedy=cause.remedy,
    )
    return StageOutcome(asset_id, stage.name, OutcomeStatus.SKIPPED, error=error)
