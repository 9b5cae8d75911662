"""vectors status, rebuild, save, verify: the files that searches by meaning and likeness read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.cli.output import (
    EXIT_FILMS_FAILED,
    JsonOption,
    print_json,
    print_table,
    reported_errors,
    say,
    stderr,
    stdout,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from orchestration.vector_building import BuildOutcome
    from rushes.pipeline.context import PipelineContext
    from rushes.pipeline.runner import VectorAction
    from rushes.vectors.status import SpaceStatus
    from rushes.vectors.verifying import SpaceVerdict

Json = Annotated[bool, JsonOption]
Spaces = Annotated[
    list[str] | None,
    typer.Option("--space", help="Only this index, as `vectors status` names it; may be repeated."),
]
Reason = Annotated[str, typer.Option(help="Kept with the files.")]
_TOLD_EVERY = 10
"""Lines of progress a build, where no terminal shows it."""

app = typer.Typer(help="The vector indexes: how they stand, their files.", no_args_is_help=True)


@app.command()
def status(as_json: Json = False) -> None:
    """How each index stands: its files, what came since, what is due. Opens none of them.

    Examples: `rushes vectors status` · `rushes vectors status --json`
    """
    with reported_errors(as_json):
        context = _context()
        spaces = _status(context)
        if as_json:
            policy = context.settings.vector_save
            print_json({"root": context.settings.vectors_root, "save": policy, "spaces": spaces})
            return
        if not spaces:
            say("there are no vectors yet: rushes index FOLDER")
            return
        columns = ("index", "vectors", "in files", "deleted", "since", "bytes", "kind", "saved")
        print_table("", columns, [_row(each) for each in spaces])
        for each in spaces:
            _tell_state(each)


@app.command()
def rebuild(
    space: Spaces = None, reason: Reason = "asked for by command", as_json: Json = False
) -> None:
    """Make the files anew from Postgres. Searching goes on meanwhile; Dagster shows the run.

    Examples: `rushes vectors rebuild` · `rushes vectors rebuild --space face-sface-0123456789ab`

    Exit code 3 where one could not be made, or did not pass its checks.
    """
    from rushes.pipeline.runner import VectorAction

    _build(VectorAction.REBUILD, space, reason, as_json)


@app.command()
def save(
    space: Spaces = None, reason: Reason = "asked for by command", as_json: Json = False
) -> None:
    """Make what came since part of the files: quicker than a rebuild, a start has less to read.

    Examples: `rushes vectors save` · `rushes vectors save --space face-sface-0123456789ab`

    Exit code 3 where one could not be saved, or did not pass its checks.
    """
    from rushes.pipeline.runner import VectorAction

    _build(VectorAction.SAVE, space, reason, as_json)


@app.command()
def verify(space: Spaces = None, as_json: Json = False) -> None:
    """Hash every file of every kept generation, and compare those in use with Postgres.

    Examples: `rushes vectors verify` · `rushes vectors verify --json`

    Exit code 3 where something differs; `rushes up` then builds it anew by itself.
    """
    from rushes.vectors.generations.folder import SpaceFolder
    from rushes.vectors.verifying import verify_space

    with reported_errors(as_json):
        context = _context()
        root = context.settings.vectors_root
        chosen = [each.space for each in _chosen(context, space) if each.space is not None]
        with stderr.status("") as shown:
            verdicts = [
                verify_space(context.engine, SpaceFolder(root, each), progress=shown.update)
                for each in chosen
            ]
        if as_json:
            rows = [{**_plain(each), "is_good": each.is_good} for each in verdicts]
            print_json({"spaces": rows})
        else:
            _show_verdicts(verdicts)
        if not all(each.is_good for each in verdicts):
            raise typer.Exit(EXIT_FILMS_FAILED)


def _build(action: VectorAction, space: list[str] | None, reason: str, as_json: bool) -> None:
    from orchestration.vector_building import build

    with reported_errors(as_json):
        context = _context()
        due = _chosen(context, space)
        keys = [each.key for each in due if space or each.embeddings or each.needs_rebuild]
        done: list[BuildOutcome] = []
        with stderr.status(f"{action} {', '.join(keys)}") as shown:
            for each in build(context, keys, action, reason, _Shown(shown.update)):
                done.append(each)
                if not as_json:
                    _tell_outcome(each)
        if as_json:
            print_json({"runs": done})
        elif not done:
            say("there are no vectors yet: rushes index FOLDER")
        if not all(each.is_good for each in done):
            raise typer.Exit(EXIT_FILMS_FAILED)


class _Shown:
    """Vectors read, of how many: on a terminal as it goes, else a line now and then."""

    def __init__(self, update: Callable[[str], None]) -> None:
        self._update = update
        self._told: tuple[str, int] | None = None

    def __call__(self, key: str, read: int, count: int) -> None:
        text = f"{key}: {read} of {count} vectors read"
        if stderr.is_terminal:
            self._update(text)
            return
        share = read * _TOLD_EVERY // max(count, 1)
        if (key, share) != self._told:
            self._told = (key, share)
            say(text)


def _context() -> PipelineContext:
    from rushes.pipeline.startup import open_context

    return open_context()


def _status(context: PipelineContext) -> list[SpaceStatus]:
    from rushes.vectors.options import IndexOptions
    from rushes.vectors.status import read_status

    options = IndexOptions.of(context.settings)
    return read_status(context.engine, context.settings.vectors_root, options)


def _chosen(context: PipelineContext, keys: Sequence[str] | None) -> list[SpaceStatus]:
    """The named spaces, all without a name. NotFoundError `space_not_found`."""
    from rushes.vectors.spaces import space_of_key

    known = _status(context)
    for key in keys or ():
        space_of_key(context.engine, context.settings.vectors_root, key)
    return [each for each in known if keys is None or each.key in keys]


def _row(each: SpaceStatus) -> tuple[object, ...]:
    return (
        each.key,
        each.embeddings,
        each.count,
        f"{each.tombstone_ratio:.1%}",
        each.behind_by,
        each.bytes,
        each.index_type or "no files yet",
        each.saved_at.astimezone().strftime("%Y-%m-%d %H:%M") if each.saved_at else "",
    )


def _tell_state(each: SpaceStatus) -> None:
    """What a person should know, and the next step."""
    from rushes.vectors.status import RebuildReason

    if each.damage:
        say(f"{each.key}: {each.damage}")
    for warning in each.warnings:
        say(f"{each.key}: {warning}")
    since = [f for f in each.failures if each.saved_at is None or f.happened_at > each.saved_at]
    for failure in since[: 0 if each.damage else 1]:
        say(f"{each.key}: {failure.event} {failure.happened_at:%Y-%m-%d %H:%M}: {failure.detail}")
    if each.needs_rebuild is RebuildReason.MISSING:
        say(f"{each.key} has no files yet: its vectors are read from Postgres at each start;")
        say("  `rushes up` makes them by itself, or now: rushes vectors rebuild")
    elif each.needs_rebuild:
        cause = each.needs_rebuild.replace("_", " ")
        say(f"{each.key} needs a rebuild ({cause}); `rushes up` does it, or now:")
        say(f"  rushes vectors rebuild --space {each.key}")


def _tell_outcome(each: BuildOutcome) -> None:
    if each.generation is None:
        say(f"{each.space}: [{each.code}] {each.reason}")
        return
    stdout.print(
        f"{each.space}: {each.generation}, {each.vectors} vectors, {each.bytes} bytes, "
        f"{each.seconds} s",
        highlight=False,
        soft_wrap=True,
    )
    for check in each.failed_checks:
        say(f"{each.space}: the check {check} did not pass; Dagster shows why")


def _plain(verdict: SpaceVerdict) -> dict[str, object]:
    from dataclasses import asdict

    return asdict(verdict)


def _files(verdict: SpaceVerdict) -> str:
    if not verdict.damaged:
        return "whole"
    is_in_use = verdict.generation is None or verdict.generation in verdict.damaged
    return "damaged" if is_in_use else "whole, an older one is damaged"


def _show_verdicts(verdicts: Sequence[SpaceVerdict]) -> None:
    if not verdicts:
        say("there are no vectors yet: rushes index FOLDER")
        return
    rows = [
        (
            each.key,
            each.generation or "no files yet",
            _files(each),
            each.comparison.missing if each.comparison else "",
            each.comparison.surplus if each.comparison else "",
            each.comparison.differing if each.comparison else "",
        )
        for each in verdicts
    ]
    print_table("", ("index", "generation", "files", "missing", "surplus", "differing"), rows)
    for verdict in verdicts:
        for what in verdict.damaged.values():
            say(f"{verdict.key}: {what}")
        if not verdict.is_good:
            say(f"mend it with: rushes vectors rebuild --space {verdict.key}")
