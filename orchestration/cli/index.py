"""index, retry-failed: taking films through the pipeline."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestration.cli.asked import Profile, Stages, workload_of
from orchestration.cli.index_table import show_answer
from orchestration.cli.output import (
    EXIT_FILMS_FAILED,
    JsonOption,
    print_json,
    reported_errors,
    say,
)
from rushes.artifacts.vocabulary import ModelProfile
from rushes.errors import RushesError

if TYPE_CHECKING:
    from orchestration.indexing import Indexer, Scope


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(index)
    app.command("retry-failed")(retry_failed)


def index(
    paths: Annotated[list[Path], typer.Argument(help="Folders or films.")],
    library: Annotated[str | None, typer.Option(help="Name (slug) of a new library.")] = None,
    profile: Profile = None,
    stages: Stages = None,
    stability_seconds: Annotated[
        float,
        typer.Option(
            min=0, help="Take a file only when it did not change for this long; 0: at once."
        ),
    ] = 0.0,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Register films and analyse what is not analysed yet. Doing it again does no work twice.

    Examples: `rushes index ~/Films` · `rushes index tape.mxf --stages scenes` ·
    `rushes index /mnt/archive --library archive --profile high_quality --json`

    Exit code 3: done, but some films failed; each is listed with its reason.
    """
    from orchestration.scan_progress import hash_progress

    with reported_errors(as_json):
        started = time.monotonic()
        indexer = _indexer(profile, stages)
        if stability_seconds == 0:
            say("one-shot import: files are taken as they are now")
        scope = indexer.register(paths, library, stability_seconds, hash_progress(say))
        answer = _work(indexer, scope, started, retry=False)
        if (
            stages is not None
        ):  # what was asked for by name and cannot be had is a problem, not a note
            answer["problems"] += _unavailable(indexer)
        _conclude(answer, as_json)


def retry_failed(
    profile: Profile = None,
    stages: Stages = None,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Try again every film whose last try failed: those stages and what rests on them.

    Absent options are those of the try that failed. Example: `rushes retry-failed`
    """
    from orchestration.indexing import Scope
    from rushes.artifacts.current import current_failures, films_by_work
    from rushes.pipeline.stages import with_descendants
    from rushes.pipeline.startup import open_context

    with reported_errors(as_json):
        context, started = open_context(), time.monotonic()
        with context.engine.connect() as connection:
            failures = current_failures(connection)
        answers = []
        for (used, stage_names), asset_ids in films_by_work(failures).items():
            chosen = profile or (context.settings.profile if used == ModelProfile.NONE else used)
            names = stages or ",".join(with_descendants(stage_names))
            indexer = _indexer(chosen, names)
            scope = Scope(asset_ids=asset_ids)
            answers.append(_work(indexer, scope, started, retry=True))
        _conclude(_merged(answers), as_json)


def _indexer(profile: str | None, stages: str | None) -> Indexer:
    from orchestration.indexing import Indexer

    return Indexer(workload_of(profile, stages))


def _work(indexer: Indexer, scope: Scope, started: float, *, retry: bool) -> dict[str, Any]:
    """Run what is pending. Returns how everything stands."""
    from orchestration.cli.progress import index_progress

    plans = indexer.plan(scope.asset_ids, retry_failed=retry)
    pending = [plan.asset_id for plan in plans if plan.pending]
    names = {line.asset_id: line.path for line in indexer.report(pending)}
    if pending:
        with index_progress(names):
            indexer.run(pending)
    else:
        indexer.end_dead_runs()
    search_notes = _publish(indexer, scope)
    answer = _answer(indexer, scope, pending, time.monotonic() - started)
    answer["notes"] += search_notes
    return answer


def _publish(indexer: Indexer, scope: Scope) -> list[str]:
    """Let search answer for these films at once. What hinders that is a note: they are analysed."""
    from orchestration.cli.engine_log import engine_faults_logged
    from orchestration.cli.search_progress import publishing_progress

    try:
        with engine_faults_logged(), publishing_progress() as show:
            done = indexer.publish(scope.asset_ids, show)
    except RushesError as error:
        return [
            f"search does not show everything yet: {error}; "
            "`rushes up` publishes it by itself, or: rushes search-index sync"
        ]
    return [
        f"search does not show {each.asset_id}: {each.code}: {each.text}"
        for each in (done.failures.values() if done else ())
    ]


def _merged(answers: list[dict[str, Any]]) -> dict[str, Any]:
    """Several answers as one: lists and numbers are added up, the time is that of the last."""
    merged = _nothing()
    for answer in answers:
        for name, value in answer.items():
            merged[name] = value if name == "seconds" else merged[name] + value
    return merged


def _nothing() -> dict[str, Any]:
    lists = {name: [] for name in ("films", "problems", "notes", "scans")}
    return {**lists, "analysed": 0, "failed": 0, "unchanged": 0, "worked_on": 0, "seconds": 0.0}


def _unavailable(indexer: Indexer) -> list[dict[str, str]]:
    return [
        {"path": f"stage {stage}", "code": error.code, "reason": str(error)}
        for stage, error in indexer.unavailable.items()
    ]


def _conclude(answer: dict[str, Any], as_json: bool) -> None:
    """Print the answer; exit code 3 where something was not done."""
    if as_json:
        print_json(answer)
    else:
        show_answer(answer)
    if answer["problems"]:
        raise typer.Exit(EXIT_FILMS_FAILED)


def _answer(indexer: Indexer, scope: Scope, worked_on: list[str], seconds: float) -> dict[str, Any]:
    lines = indexer.report(scope.asset_ids)
    failed = {line.asset_id for line in lines if line.failure}
    problems = [
        {"path": file.path, "code": file.code, "reason": file.message}
        for report in scope.reports
        for file in report.rejected
    ]
    problems += [
        {"path": report.slug, "code": "library_offline", "reason": report.status_reason or ""}
        for report in scope.reports
        if not report.is_online
    ]
    problems += [
        {"path": line.path, "code": line.failure.code, "reason": line.failure.reason}
        for line in lines
        if line.failure
    ]
    return {
        "films": lines,
        "analysed": len(set(worked_on) - failed),
        "failed": len(failed),
        "unchanged": len(lines) - len(failed.union(worked_on)),
        "worked_on": len(worked_on),
        "problems": problems,
        "notes": indexer.notes,
        "scans": [report.to_dict() for report in scope.reports],
        "seconds": round(seconds, 2),
    }
