"""index, retry-failed: taking films through the pipeline."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestration.cli.output import (
    EXIT_FILMS_FAILED,
    JsonOption,
    print_json,
    print_table,
    reported_errors,
    say,
)
from rushes.artifacts.vocabulary import ModelProfile

if TYPE_CHECKING:
    from orchestration.indexing import Indexer, Scope

Profile = Annotated[
    str | None, typer.Option(help="fast, balanced or high_quality; absent: the setting.")
]
Stages = Annotated[
    str | None, typer.Option(help="Only these stages, by comma: scenes,transcript ...")
]


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
        _conclude(_work(indexer, scope, started, retry=False), indexer.stage_names, as_json)


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
    from rushes.pipeline.stages import STAGE_NAMES, with_descendants
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
            scope = Scope(asset_ids=asset_ids, unavailable=indexer.unavailable)
            answers.append(_work(indexer, scope, started, retry=True))
        _conclude(_merged(answers), STAGE_NAMES, as_json)


def _indexer(profile: str | None, stages: str | None) -> Indexer:
    from orchestration.indexing import Indexer
    from rushes.errors import InvalidRequestError
    from rushes.pipeline.stages import STAGE_NAMES
    from rushes.pipeline.startup import open_context

    context = open_context()
    chosen = profile or context.settings.profile
    if chosen not in [each.value for each in ModelProfile if each is not ModelProfile.NONE]:
        raise InvalidRequestError(
            f"there is no profile {chosen!r}", remedy="use fast, balanced or high_quality"
        )
    wanted = [name.strip() for name in stages.split(",")] if stages else list(STAGE_NAMES)
    if unknown := [name for name in wanted if name not in STAGE_NAMES]:
        raise InvalidRequestError(
            f"there is no stage {', '.join(unknown)}", remedy=f"use {', '.join(STAGE_NAMES)}"
        )
    return Indexer(context, ModelProfile(chosen), wanted)


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
    return _answer(indexer, scope, pending, time.monotonic() - started)


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


def _conclude(answer: dict[str, Any], stage_names: Sequence[str], as_json: bool) -> None:
    """Print the answer; exit code 3 where something was not done."""
    if as_json:
        print_json(answer)
    else:
        _show(answer, stage_names)
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
    problems += [
        {"path": f"stage {stage}", "code": error.code, "reason": str(error)}
        for stage, error in scope.unavailable.items()
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


def _show(answer: dict[str, Any], names: Sequence[str]) -> None:
    from rushes.media.timecode import format_clock

    rows = [
        (
            line.path,
            format_clock(line.duration_ms) if line.duration_ms else "",
            line.scenes,
            line.segments,
            *(_cell(line.stages.get(name)) for name in names),
        )
        for line in answer["films"]
    ]
    if rows:
        headings = (name.replace("_", " ") for name in names)
        print_table("", ("film", "length", "scenes", "segments", *headings), rows)
    if answer["problems"]:
        problems = [(each["path"], each["code"], each["reason"]) for each in answer["problems"]]
        print_table("not done", ("film", "code", "reason"), problems)
    for note in answer["notes"]:
        say(f"note: {note}")
    if not answer["worked_on"]:
        failed = f", {answer['failed']} stay failed" if answer["failed"] else ""
        say(f"nothing to do: {answer['unchanged']} films stand as they are{failed}")
    say(
        f"{answer['analysed']} analysed, {answer['unchanged']} unchanged, "
        f"{answer['failed']} failed, {len(answer['problems'])} problems, "
        f"{answer['seconds']:.1f} s"
    )


def _cell(stage: Any) -> str:
    if stage is None:
        return ""
    return f"{stage.seconds:.1f} s" if stage.status == "completed" else str(stage.status)
