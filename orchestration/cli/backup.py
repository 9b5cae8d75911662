"""backup, restore, export: what leaves the database as files, and comes back."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from orchestration.cli.output import (
    JsonOption,
    print_json,
    print_table,
    reported_errors,
    say,
    stdout,
)
from orchestration.cli.selections import Mode, PinnedRun, PreferredProfile
from rushes.artifacts.selection import Selection
from rushes.artifacts.vocabulary import ArtifactType

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from rushes.export.artifact_export import ExportFormat
    from rushes.export.restore_report import RestoreReport

Json = Annotated[bool, JsonOption]
_STDOUT = "-"
_SHOWN = 20
_AUTHOR = "cli"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(backup)
    app.command()(restore)
    app.command()(export)


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; it appears when it is whole.")],
    vectors: Annotated[
        bool,
        typer.Option(help="With a few vectors of each named face, to find it in other films."),
    ] = True,
    as_json: Json = False,
) -> None:
    """Write what people did into one file: names, merges, corrections, favourites, choices.

    Not in it is what can be made again from the films. It fits any database of Rushes: films are
    known by their content, faces by where they are. An older backup of that name is replaced,
    any other file is not.

    Examples: `rushes backup rushes-2026-05-01.jsonl` · `rushes backup b.jsonl --no-vectors`
    """
    from rushes.export.backup import write_backup
    from rushes.export.backup_file import is_backup
    from rushes.library.targets import allowed_target, library_roots
    from rushes.pipeline.startup import open_context

    with reported_errors(as_json):
        engine = open_context().engine
        place = allowed_target(file, library_roots(engine), overwrite=is_backup(file))
        report = write_backup(engine, place, with_vectors=vectors)
        if as_json:
            print_json(report)
            return
        found = ", ".join(f"{number} {kind}" for kind, number in report.records.items())
        stdout.print(f"{file}: {report.size_bytes} bytes", highlight=False, markup=False)
        say(f"lines: {found or 'none'}")


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `rushes backup` wrote.")],
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Where both differ, the backup is right.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be restored.")
    ] = False,
    library: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="OLD=NEW", help="A library that has another slug here."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Put back what a backup has and this database lacks. Nothing that is here is lost.

    Doing it twice is doing it once. What belongs to films that are not indexed yet waits: index
    them, then restore the same file again.

    Examples: `rushes restore rushes-2026-05-01.jsonl --dry-run` ·
    `rushes restore old.jsonl --map holiday=holiday-2026`
    """
    from rushes.export.restore import restore_backup
    from rushes.pipeline.startup import open_context

    with reported_errors(as_json):
        report = restore_backup(
            open_context().engine,
            file,
            _AUTHOR,
            overwrite=overwrite,
            dry_run=dry_run,
            libraries=_mapped(library or ()),
        )
        if as_json:
            print_json(report)
        else:
            _show(report, file)


def export(
    file: Annotated[str, typer.Argument(help="FILE.jsonl, FILE.csv, or - for stdout.")],
    library: Annotated[str | None, typer.Option(help="Only this library (its slug).")] = None,
    film: Annotated[
        str | None, typer.Option(help="Only this film: an asset_id, a path, or a file name.")
    ] = None,
    types: Annotated[
        list[ArtifactType] | None, typer.Option("--type", help="Only this type; may be repeated.")
    ] = None,
    all_runs: Annotated[
        bool, typer.Option("--all-runs/--selected", help="Of every run, or of those that answer.")
    ] = False,
    mode: Mode = None,
    profile: PreferredProfile = None,
    run: PinnedRun = None,
    form: Annotated[
        str | None, typer.Option("--format", help="jsonl or csv; by default by the file's name.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file of that name.")] = False,
    as_json: Json = False,
) -> None:
    """Write artifacts with their whole provenance: envelope, film and run, one a line.

    A table is safe to open in a spreadsheet: a text that begins like a formula gets an apostrophe.

    Examples: `rushes export all.jsonl` · `rushes export scenes.csv --type scene --film tape1.mxf`
    · `rushes export - --format jsonl --all-runs | gzip > all.jsonl.gz`
    """
    from rushes.export.artifact_export import ExportFilter, export_artifacts
    from rushes.library.repository import get_library, resolve_video
    from rushes.pipeline.startup import open_context

    with reported_errors(as_json and file != _STDOUT):
        chosen_format = _format(file, form)
        selection = Selection.asked(mode, profile, run)
        _check_choice(all_runs, selection is not None)
        engine = open_context().engine
        if library is not None:
            with engine.connect() as connection:
                get_library(connection, library)
        asset_id = None if film is None else resolve_video(engine, film).asset_id
        which = ExportFilter(library, asset_id, tuple(types or ()), all_runs, selection)
        with _stream(file, engine, overwrite=force) as out:
            count = export_artifacts(
                engine, out, chosen_format, which, lambda done: say(f"{done} artifacts")
            )
        say(f"{file}: {count} artifacts")
        if as_json and file != _STDOUT:
            print_json({"file": file, "format": chosen_format, "artifacts": count})


def _mapped(pairs: list[str] | tuple[()]) -> dict[str, str]:
    from rushes.errors import InvalidRequestError

    found = {}
    for pair in pairs:
        old, separator, new = pair.partition("=")
        if not (old and separator and new):
            raise InvalidRequestError(f"{pair!r} is not OLD=NEW", remedy="--map holiday=trips")
        found[old] = new
    return found


def _format(file: str, wanted: str | None) -> ExportFormat:
    from rushes.errors import InvalidRequestError
    from rushes.export.artifact_export import ExportFormat

    name = wanted or ("jsonl" if file == _STDOUT else Path(file).suffix.lstrip(".").lower())
    try:
        return ExportFormat(name)
    except ValueError as error:
        raise InvalidRequestError(
            f"no format {name!r}", remedy="end the name in .jsonl or .csv, or give --format"
        ) from error


def _check_choice(all_runs: bool, has_selection: bool) -> None:
    from rushes.errors import InvalidRequestError

    if all_runs and has_selection:
        raise InvalidRequestError("--all-runs leaves nothing to select", remedy="give one of both")


@contextmanager
def _stream(file: str, engine: Engine, *, overwrite: bool) -> Iterator[BinaryIO]:
    from rushes.export.whole_file import written_whole
    from rushes.library.targets import allowed_target, library_roots

    if file != _STDOUT:
        place = allowed_target(Path(file), library_roots(engine), overwrite=overwrite)
        with written_whole(place) as out:
            yield out
        return
    try:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    except BrokenPipeError as error:  # who reads has enough, as `head` does
        # Python flushes it once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit from error


def _show(report: RestoreReport, file: Path) -> None:
    if report.dry_run:
        say("nothing was written; this is what a restoration would do")
    rows = [
        (what, report.restored.get(what, 0), report.already_there.get(what, 0))
        for what in dict.fromkeys([*report.restored, *report.already_there])
    ]
    print_table("", ("", "restored", "was there"), rows)
    if report.conflicts:
        kept = [
            (each.what, each.subject, each.here, each.backup, each.kept)
            for each in report.conflicts[:_SHOWN]
        ]
        print_table("different here", ("", "of", "here", "in the backup", "stands"), kept)
        _say_more(len(report.conflicts))
    if report.pending:
        for each in report.pending[:_SHOWN]:
            say(f"waits for {each.waits_for.value}: {each.what} {each.subject}")
        _say_more(len(report.pending))
        say(
            f"{len(report.pending)} wait. To finish: index the films (rushes index FOLDER; where a"
            " library's folder lies elsewhere now, first: rushes libraries relocate), then again:"
            f" rushes restore {file}"
        )


def _say_more(number: int) -> None:
    if number > _SHOWN:
        say(f"and {number - _SHOWN} more; --json shows all")
