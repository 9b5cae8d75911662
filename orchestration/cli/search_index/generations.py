"""search-index reindex, promote, rollback, drop, generations, lock, unlock."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.cli.output import (
    JsonOption,
    print_json,
    print_table,
    reported_errors,
    say,
    stderr,
    stdout,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rushes.pipeline.context import PipelineContext
    from rushes.search.generations.listing import GenerationLine
    from rushes.search.generations.policies import LibraryModelPolicy
    from rushes.search.generations.progress import ShadowProgress
    from rushes.search.generations.promotion import Takeover

Json = Annotated[bool, JsonOption]
Libraries = Annotated[
    list[str] | None,
    typer.Option("--library", help="Only this library (its slug); may be given again."),
]
_FOLLOW_SECONDS = 1.0


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (reindex, promote, rollback, drop, generations, lock, unlock):
        app.command()(command)


def reindex(
    library: Libraries = None,
    promote_when_ready: Annotated[
        bool, typer.Option("--promote", help="Let it take over by itself once it is complete.")
    ] = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="Give up one that is being built.")
    ] = False,
    follow: Annotated[
        bool, typer.Option("--follow", help="Show how far it is until it is complete.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Kept with it.")] = "asked for",
    as_json: Json = False,
) -> None:
    """Build a new index beside the one in use. Searching goes on as before.

    The sync fills it: `rushes up` or `rushes search-index sync`. Ctrl-C ends only the display.

    Examples: `rushes search-index reindex --promote --follow` ·
    `rushes search-index reindex --library holiday --restart`
    """
    from rushes.audit import COMMAND_LINE
    from rushes.search.generations.shadow import begin_shadow

    with reported_errors(as_json):
        context = _context()
        begun = begin_shadow(
            context.engine,
            context.quickwit,
            library or None,
            reason=reason,
            promote_when_ready=promote_when_ready,
            restart=restart,
            actor=COMMAND_LINE,
        )
        if follow:
            _follow(context, begun.name)
        if as_json:
            shadows = map(_plain, _shadows(context, begun.name))
            print_json({"generation": begun.name, "progress": list(shadows)})
            return
        stdout.print(f"{begun.name} is being built", highlight=False)
        if not promote_when_ready:
            say("once it is complete: rushes search-index promote")


def promote(library: Libraries = None, as_json: Json = False) -> None:
    """Let the new index answer, once it has everything. The old one is kept for a day.

    Without `--library`: for all that one is being built for.

    Examples: `rushes search-index promote` · `rushes search-index promote --library holiday`
    """
    from rushes.audit import COMMAND_LINE
    from rushes.search.generations.promotion import promote as take_over

    with reported_errors(as_json):
        context = _context()
        chosen = library or [each.library for each in _shadows(context)]
        done = take_over(context.engine, context.quickwit, chosen, actor=COMMAND_LINE)
        _tell_takeovers(done, as_json)


def rollback(
    library: Annotated[list[str], typer.Option("--library", help="Its slug; may be repeated.")],
    as_json: Json = False,
) -> None:
    """Let the index before the last promotion answer again. It has all changes since.

    Example: `rushes search-index rollback --library holiday`
    """
    from rushes.audit import COMMAND_LINE
    from rushes.search.generations.promotion import rollback as go_back

    with reported_errors(as_json):
        _tell_takeovers(go_back(_context().engine, library, actor=COMMAND_LINE), as_json)


def drop(
    generation: Annotated[
        str | None, typer.Argument(metavar="[GENERATION]", help="None: whatever is due.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Also what could still be gone back to.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Delete indexes that nobody needs. Never one that answers or is being built.

    One that was just given up goes with a later call or the sync, once its readers have ended.

    Examples: `rushes search-index drop` ·
    `rushes search-index drop rushes-scenes-1a2b3c4d-1 --force`
    """
    from datetime import UTC, datetime

    from rushes.audit import COMMAND_LINE
    from rushes.search.generations.dropping import drop as drop_generations

    with reported_errors(as_json):
        context = _context()
        report = drop_generations(
            context.engine,
            context.quickwit,
            generation,
            datetime.now(UTC),
            force=force,
            actor=COMMAND_LINE,
        )
        if as_json:
            print_json(report)
            return
        for name in report.dropped:
            stdout.print(f"dropped {name}", highlight=False)
        for name in report.draining:
            stdout.print(f"{name} goes in a few minutes", highlight=False)
        if not (report.dropped or report.draining):
            say("there is nothing to drop")


def generations(
    dropped: Annotated[bool, typer.Option("--dropped", help="Also what is gone.")] = False,
    as_json: Json = False,
) -> None:
    """The indexes, which libraries read them, and how far those are that are being built.

    Example: `rushes search-index generations --json`
    """
    from rushes.search.generations.listing import generation_lines

    with reported_errors(as_json):
        context = _context()
        lines = generation_lines(context.engine, with_dropped=dropped)
        shadows = _shadows(context)
        if as_json:
            print_json({"generations": lines, "progress": list(map(_plain, shadows))})
            return
        columns = ("generation", "state", "since", "answers for", "built for", "kept for", "locked")
        print_table("", columns, [_row(each) for each in lines])
        for each in shadows:
            say(_told(each))


def lock(
    library: Annotated[str, typer.Option("--library", help="Its slug.")], as_json: Json = False
) -> None:
    """Keep the index of a library as it is: nothing is built, promoted or rolled back.

    Example: `rushes search-index lock --library holiday`
    """
    from rushes.audit import COMMAND_LINE
    from rushes.search.generations.locking import lock as lock_policy

    with reported_errors(as_json):
        _tell_lock(lock_policy(_context().engine, library, actor=COMMAND_LINE), as_json)


def unlock(
    library: Annotated[str, typer.Option("--library", help="Its slug.")], as_json: Json = False
) -> None:
    """Take the lock of a library away.

    Example: `rushes search-index unlock --library holiday`
    """
    from rushes.audit import COMMAND_LINE
    from rushes.search.generations.locking import unlock as unlock_policy

    with reported_errors(as_json):
        _tell_lock(unlock_policy(_context().engine, library, actor=COMMAND_LINE), as_json)


def _context() -> PipelineContext:
    from rushes.pipeline.startup import open_context

    return open_context()


def _shadows(context: PipelineContext, generation: str | None = None) -> list[ShadowProgress]:
    from rushes.search.generations.progress import progress

    found = progress(context.engine)
    return [each for each in found if generation in (None, each.generation)]


def _follow(context: PipelineContext, generation: str) -> None:
    """Until nothing is left to do, or it was promoted or given up meanwhile."""
    with stderr.status("") as shown:
        while left := [each for each in _shadows(context, generation) if not each.is_settled]:
            text = " · ".join(map(_told, left))
            shown.update(text)
            if not stderr.is_terminal:
                say(text)
            time.sleep(_FOLLOW_SECONDS)


def _told(each: ShadowProgress) -> str:
    failed = f", {each.failed} failed" if each.failed else ""
    rate = f", {each.rate:.1f} films/s" if each.rate and each.to_do else ""
    return f"{each.library}: {each.done}/{each.films} films ({each.percent:.0f} %){failed}{rate}"


def _plain(each: ShadowProgress) -> dict[str, object]:
    from dataclasses import asdict

    return {**asdict(each), "percent": each.percent, "is_complete": each.is_complete}


def _row(each: GenerationLine) -> tuple[str, ...]:
    libraries = (each.active_for, each.shadow_for, each.previous_for, each.locked)
    since = each.changed_at.astimezone().strftime("%Y-%m-%d %H:%M")
    return (each.name, each.state, since, *map(", ".join, libraries))


def _tell_takeovers(done: Sequence[Takeover], as_json: bool) -> None:
    if as_json:
        print_json({"libraries": list(done)})
        return
    for each in done:
        stdout.print(f"{each.library} is answered from {each.active}", highlight=False)


def _tell_lock(policy: LibraryModelPolicy, as_json: bool) -> None:
    if as_json:
        print_json(policy)
        return
    state = "locked" if policy.locked else "not locked"
    stdout.print(f"{policy.library_slug} is {state}", highlight=False)
