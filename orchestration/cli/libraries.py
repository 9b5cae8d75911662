"""libraries, videos, status: what is registered, and how it stands."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestration.cli.output import (
    JsonOption,
    print_json,
    print_table,
    reported_errors,
    say,
    stdout,
)

if TYPE_CHECKING:
    from rushes.library.service import LibraryService

libraries_app = typer.Typer(help="Root folders of films; they are only ever read.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(libraries_app, name="libraries")
    app.command()(videos)
    app.command()(status)


@libraries_app.callback(invoke_without_command=True)
def list_libraries(context: typer.Context, as_json: Annotated[bool, JsonOption] = False) -> None:
    """The libraries, with the numbers of their films.

    Example: `rushes libraries --json`
    """
    if context.invoked_subcommand is None:
        with reported_errors(as_json):
            _list(as_json)


def _list(as_json: bool) -> None:
    service = _service()
    found = [service.status(library.slug) for library in service.list()]
    if as_json:
        print_json({"libraries": found})
        return
    rows = [
        (
            each.library.slug,
            each.library.root,
            each.library.status,
            each.library.volume_label,
            each.present,
            each.missing,
            each.rejected,
        )
        for each in found
    ]
    print_table("", ("library", "root", "status", "volume", "films", "missing", "rejected"), rows)


@libraries_app.command()
def relocate(
    slug: str,
    new_root: Path,
    force: Annotated[bool, typer.Option(help="Even where no known film lies there.")] = False,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """A library lies elsewhere now; its films keep their ids and results.

    Example: `rushes libraries relocate holiday /mnt/new/holiday`
    """
    with reported_errors(as_json):
        library = _service().relocate(slug, new_root, force=force)
        if as_json:
            print_json(library)
        else:
            stdout.print(f"{library.slug} lies in {library.root}", highlight=False)


@libraries_app.command()
def scan(slug: str, as_json: Annotated[bool, JsonOption] = False) -> None:
    """Look at a library now: new, moved, changed and missing films. Analyses nothing.

    Example: `rushes libraries scan holiday`
    """
    with reported_errors(as_json):
        report = _service().scan(slug)
        if as_json:
            print_json(report.to_dict())
        else:
            stdout.print(report.summary, highlight=False)


@libraries_app.command("profiles")
def library_profiles(
    slug: str,
    file: Annotated[
        Path | None, typer.Argument(help="TOML of the form of RUSHES_PROFILES_FILE.")
    ] = None,
    clear: Annotated[bool, typer.Option(help="Go back to the profiles of all libraries.")] = False,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Show or set what a library lays over the profiles; its films then count as to be analysed.

    Examples: `rushes libraries profiles archive` ·
    `rushes libraries profiles archive subtitled.toml` ·
    `rushes libraries profiles archive --clear`
    """
    from rushes.pipeline.library_profiles import (
        clear_overrides,
        library_overrides,
        set_overrides,
    )
    from rushes.pipeline.startup import open_context

    with reported_errors(as_json):
        context = open_context()
        if clear:
            clear_overrides(context.engine, slug)
        elif file is not None:
            set_overrides(context.engine, slug, file, context.profiles)
        overrides = library_overrides(context.engine, slug)
        print_json({"library": slug, "profiles": overrides} if as_json else overrides)


@libraries_app.command("delete-missing")
def delete_missing(
    slug: str,
    older_than_days: Annotated[
        float, typer.Option(min=0, help="Only films that have been missing this long.")
    ],
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Delete what was found in films that are gone for good. Nothing else ever deletes it.

    Example: `rushes libraries delete-missing holiday --older-than-days 90`
    """
    from orchestration.removal import remove_missing

    with reported_errors(as_json):
        deleted = remove_missing(slug, timedelta(days=older_than_days))
        if as_json:
            print_json({"deleted": deleted})
        else:
            stdout.print(f"{len(deleted)} films deleted")


def videos(
    library: Annotated[str | None, typer.Option(help="Only this library (its slug).")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Films at most.")] = 100,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """The films, oldest first.

    Example: `rushes videos --library holiday --json`
    """
    from rushes.library.repository import list_videos
    from rushes.media.timecode import format_clock
    from rushes.pipeline.startup import open_context

    with reported_errors(as_json):
        found = list_videos(open_context().engine, library=library, limit=limit)
        if as_json:
            print_json({"videos": found})
            return
        rows = [
            (
                each.asset_id,
                each.path,
                format_clock(each.duration_ms) if each.duration_ms else "",
                each.library_slug,
                each.state if each.library_status == "online" else "offline",
                "yes" if each.searchable else "no",
            )
            for each in found
        ]
        print_table("", ("asset_id", "film", "length", "library", "state", "searchable"), rows)


def status(as_json: Annotated[bool, JsonOption] = False) -> None:
    """How everything stands: libraries, failures, and where everything lies.

    Example: `rushes status`
    """
    from orchestration.overview import overview

    with reported_errors(as_json):
        found = overview()
        if as_json:
            print_json(found)
            return
        for name, value in found["places"].items():
            stdout.print(f"{name:12} {value}", highlight=False, markup=False, soft_wrap=True)
        _show_engine(found["search"])
        _list(as_json=False)
        _show_speeds(found)
        if found["failures"]:
            rows = [
                (each["path"], each["stage"], each["code"], each["text"])
                for each in found["failures"]
            ]
            print_table("failed", ("film", "stage", "code", "reason"), rows)
            say("try again what may be mended: rushes retry-failed")


def _show_engine(search: dict[str, Any]) -> None:
    """Which search engine is in use, and whether it is there."""
    kind = "embedded node" if search["embedded"] else "Quickwit of QUICKWIT_URL"
    running = f"running at {search['address']}" if search["running"] else "not running"
    text = f"{kind}, {running}"
    stdout.print(f"{'engine':12} {text}", highlight=False, markup=False, soft_wrap=True)


def _show_speeds(found: dict[str, Any]) -> None:
    """How fast each stage has been here, and how much the embedding cache spares."""
    rows = [
        (
            each["stage"],
            each["profile"],
            each["films"],
            each["times_real_time"],
            each["frames_per_second"],
            each["ms_per_frame"],
        )
        for each in found["speeds"]
    ]
    if rows:
        headings = ("stage", "profile", "films", "times real time", "frames/s", "ms/frame")
        print_table("measured here", headings, rows)
    for each in found["embedding_cache"]["models"]:
        asked = each["hits"] + each["misses"]
        rate = f"{each['hit_rate']:.0%}"
        stdout.print(f"embedding cache, {each['model']}: {rate} of {asked} windows found")


def _service() -> LibraryService:
    from rushes.library.service import LibraryService
    from rushes.pipeline.startup import open_context

    context = open_context()
    return LibraryService(context.engine, context.settings)
