"""Tells of failed runs and failed checks: one log line and one webhook call each."""

import logging

import dagster as dg
import httpx

from rushes.settings import get_settings

_log = logging.getLogger("rushes.runs")
_WEBHOOK_TIMEOUT_SECONDS = 10.0


def failed_checks(instance: dg.DagsterInstance, run_id: str) -> list[str]:
    """`asset:check [partition]` of every check of the run that did not pass."""
    entries = instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    evaluations = [
        entry.dagster_event.asset_check_evaluation_data for entry in entries if entry.dagster_event
    ]
    return [
        f"{each.asset_key.to_user_string()}:{each.check_name}"
        + (f" [{each.partition}]" if each.partition else "")
        for each in evaluations
        if not each.passed
    ]


def notify(run_id: str, job: str, problem: str) -> None:
    """One line in the log, and one call of RUSHES_WEBHOOK_URL where it is set."""
    _log.error("run %s of %s: %s", run_id, job, problem)
    url = get_settings().webhook_url
    if url is None:
        return
    message = {"run_id": run_id, "job": job, "problem": problem}
    try:
        httpx.post(url, json=message, timeout=_WEBHOOK_TIMEOUT_SECONDS).raise_for_status()
    except httpx.HTTPError as error:
        _log.error("the webhook could not be called: %s", type(error).__name__)


@dg.run_failure_sensor(
    name="failed_run_sensor",
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tells of every failed run.",
)
def failed_run_sensor(context: dg.RunFailureSensorContext) -> None:
    """Say why the run failed, its failed checks included."""
    run = context.dagster_run
    checks = failed_checks(context.instance, run.run_id)
    reasons = [context.failure_event.message or "failed", *checks]
    notify(run.run_id, run.job_name, "; ".join(reasons))


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.SUCCESS,
    name="finished_run_sensor",
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tells of failed checks in runs that ended well.",
)
def finished_run_sensor(context: dg.RunStatusSensorContext) -> None:
    """A run may succeed while a check of it did not pass."""
    run = context.dagster_run
    if checks := failed_checks(context.instance, run.run_id):
        notify(run.run_id, run.job_name, f"checks failed: {', '.join(checks)}")
