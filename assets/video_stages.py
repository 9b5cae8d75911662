"""One step that takes each film of a chunk through its stages.

A step of a range that returns normally marks every key materialized, the bad one too. So nothing
is returned: each stage and key is logged as its transaction commits, and a chunk with a failed
film raises at its end. Then a partition is green exactly where its results stand.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import dagster as dg
from sqlalchemy import select

from assets.embeddings import FRAME_EMBEDDINGS, TEXT_EMBEDDINGS
from assets.faces import FACES
from assets.media_pass import MEDIA_PASS
from assets.objects import OBJECTS
from assets.ocr import OCR
from assets.places import PLACES
from assets.scenes import SCENES
from assets.source_video import SOURCE_VIDEO
from assets.stage_asset import StageAsset, StageCheck, Verdict, real_time_factor
from assets.transcript import TRANSCRIPT
from orchestration.dead_runs import WORKER_TAG
from resources.pipeline import PipelineResource
from rushes.artifacts.runs import mark_reported
from rushes.artifacts.selection import selected_runs
from rushes.artifacts.vocabulary import ModelProfile, Origin
from rushes.db.tables import runs
from rushes.errors import RushesError
from rushes.library.repository import get_video, get_videos
from rushes.pipeline.chunk import run_chunk
from rushes.pipeline.context import PipelineContext
from rushes.pipeline.events import Phase, StageEvent, announce
from rushes.pipeline.faults import as_rushes_error
from rushes.pipeline.interrupts import interruptible
from rushes.pipeline.outcome import OutcomeStatus, StageOutcome
from rushes.settings import get_settings

STAGE_ASSETS: tuple[StageAsset, ...] = (
    SOURCE_VIDEO,
    MEDIA_PASS,
    SCENES,
    TRANSCRIPT,
    OBJECTS,
    FACES,
    PLACES,
    OCR,
    FRAME_EMBEDDINGS,
    TEXT_EMBEDDINGS,
)

# Asked for in the step itself: under a retry policy Dagster takes Ctrl-C for a reason to retry.
_RETRIES = 1
_RETRY_WAIT_SECONDS = 2

_STAGES = {stage.name: stage for stage in STAGE_ASSETS}


class StagesConfig(dg.Config):  # type: ignore[misc]
    """How the chunk is analysed."""

    profile: str = ""
    """fast, balanced or high_quality; empty: the setting RUSHES_PROFILE."""


@dg.multi_asset(
    name="video_stages",
    specs=[stage.spec for stage in STAGE_ASSETS],
    check_specs=[check for stage in STAGE_ASSETS for check in stage.check_specs],
    can_subset=True,
    backfill_policy=dg.BackfillPolicy.multi_run(25),
    pool="decode",
)
def video_stages(
    context: dg.AssetExecutionContext, config: StagesConfig, pipeline: PipelineResource
) -> Iterator[dg.AssetMaterialization]:
    """Take each film of the partition range through the selected stages."""
    worker = pipeline.context.worker
    context.instance.add_run_tags(context.run.run_id, {WORKER_TAG: str(worker.key)})
    selected = {key.to_user_string() for key in context.selected_asset_keys}
    stages = [stage.name for stage in STAGE_ASSETS if stage.name in selected]
    profile = ModelProfile(config.profile or get_settings().profile)
    failed: list[StageOutcome] = []
    missing: list[StageOutcome] = []
    done = False
    outcomes = run_chunk(
        pipeline.context, context.partition_keys, stages, profile, context.run.run_id
    )
    with interruptible():
        for outcome in outcomes:
            if context.retry_number and _is_told(pipeline.context, outcome):
                continue  # in the first try of this step
            reported = _reported(context, pipeline.context, outcome)
            done = done or reported.succeeded
            if not reported.succeeded:
                (missing if reported.unavailable else failed).append(reported)
    _check_alone(context, pipeline.context, selected)
    if failed and context.retry_number < _RETRIES and _may_be_mended(failed):
        raise dg.RetryRequested(max_retries=_RETRIES, seconds_to_wait=_RETRY_WAIT_SECONDS)
    if failed or (missing and not done):  # nothing that was asked for can be had here
        raise _failure(failed or missing)
    yield from ()


def _may_be_mended(failed: Sequence[StageOutcome]) -> bool:
    return any(each.error is not None and each.error.retryable for each in failed)


def _is_told(pipeline: PipelineContext, outcome: StageOutcome) -> bool:
    """Whether the event log knows of these results already."""
    if outcome.status is not OutcomeStatus.UNCHANGED:
        return False
    told = select(runs.c.reported_at.is_not(None)).where(runs.c.run_id == outcome.run_id)
    with pipeline.engine.connect() as connection:
        return bool(connection.execute(told).scalar())


def _reported(
    context: dg.AssetExecutionContext, pipeline: PipelineContext, outcome: StageOutcome
) -> StageOutcome:
    """Report the outcome. What cannot be reported fails this film and stays to be reported."""
    try:
        if outcome.succeeded:
            _report(context, pipeline, outcome)
        else:
            _tell_failure(context, pipeline, outcome)
    except Exception as error:
        known = as_rushes_error(error)
        context.log.exception(f"{outcome.asset_id} {outcome.stage}: not reported: {known}")
        return replace(outcome, status=OutcomeStatus.FAILED, error=known)
    return outcome


def _report(
    context: dg.AssetExecutionContext, pipeline: PipelineContext, outcome: StageOutcome
) -> None:
    stage = _STAGES[outcome.stage]
    film = get_video(pipeline.engine, outcome.asset_id)
    told = _is_told(pipeline, outcome)  # its picture and numbers stand in the log already
    context.log_event(
        dg.AssetMaterialization(
            stage.name,
            partition=outcome.asset_id,
            metadata={
                "film": film.path,
                **({"status": "unchanged"} if told else stage.describe(pipeline, outcome)),
                **real_time_factor(outcome, film.duration_ms),
            },
            tags={"dagster/data_version": outcome.data_version or ""},
        )
    )
    for name in stage.projections:
        context.log_event(dg.AssetMaterialization(name, partition=outcome.asset_id))
    if outcome.run_id is not None:
        _check(context, pipeline, stage, outcome.asset_id, outcome.run_id)
        with pipeline.engine.begin() as connection:
            mark_reported(connection, [outcome.run_id])
    announce(StageEvent(outcome.asset_id, outcome.stage, Phase.EVENT_LOGGED))


def _tell_failure(
    context: dg.AssetExecutionContext, pipeline: PipelineContext, outcome: StageOutcome
) -> None:
    """Say on the partition itself which film failed and why, and that its checks did not pass."""
    error = outcome.error or RushesError()
    films = get_videos(pipeline.engine, [outcome.asset_id])
    path = films[outcome.asset_id].path if films else "not registered"
    if outcome.status is OutcomeStatus.FAILED:
        context.log.error(f"{path} ({outcome.asset_id}) {outcome.stage}: {error}")
    if outcome.unavailable:
        context.log.warning(f"{outcome.stage} is unavailable: {error}")
    told = {"film": path, "status": outcome.status.value, "code": error.code, "reason": str(error)}
    stage = _STAGES[outcome.stage]
    context.log_event(
        dg.AssetObservation(stage.name, partition=outcome.asset_id, metadata=dict(told))
    )
    for check in () if outcome.unavailable else stage.checks:
        _log_check(context, stage, check, outcome.asset_id, Verdict(False, told))


def _check_alone(
    context: dg.AssetExecutionContext, pipeline: PipelineContext, selected: set[str]
) -> None:
    """Checks that were asked for without their stage: read again what stands."""
    asked = {key.asset_key.to_user_string() for key in context.selected_asset_check_keys}
    for stage in STAGE_ASSETS:
        if stage.name not in asked - selected:
            continue
        for asset_id in context.partition_keys:
            with pipeline.engine.connect() as connection:
                chosen = selected_runs(asset_id, [stage.name])
                made = select(chosen.c.run_id).where(chosen.c.origin != Origin.HUMAN.value)
                run_ids = connection.execute(made.order_by(chosen.c.run_id)).scalars().all()
            for run_id in run_ids:
                _check(context, pipeline, stage, asset_id, run_id)


def _check(
    context: dg.AssetExecutionContext,
    pipeline: PipelineContext,
    stage: StageAsset,
    asset_id: str,
    run_id: str,
) -> None:
    for check in stage.checks:
        with pipeline.engine.connect() as connection:
            verdict = check.evaluate(connection, run_id)
        _log_check(context, stage, check, asset_id, verdict)


def _log_check(
    context: dg.AssetExecutionContext,
    stage: StageAsset,
    check: StageCheck,
    asset_id: str,
    verdict: Verdict,
) -> None:
    context.log_event(
        dg.AssetCheckEvaluation(
            asset_key=dg.AssetKey(stage.name),
            check_name=check.name,
            passed=verdict.passed,
            metadata=dict(verdict.metadata),
            partition=asset_id,
        )
    )


def _failure(failed: Sequence[StageOutcome]) -> dg.Failure:
    """Names every failed film with its reason."""
    reasons = {
        f"{each.asset_id} {each.stage}": f"{each.error.code}: {each.error}" if each.error else ""
        for each in failed
        if each.status in (OutcomeStatus.FAILED, OutcomeStatus.UNAVAILABLE)
    }
    keys = sorted({each.asset_id for each in failed})
    return dg.Failure(
        f"{len(keys)} of the chunk's films failed: {', '.join(keys)}",
        metadata=reasons,
        allow_retries=False,
    )
