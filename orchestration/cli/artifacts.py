"""artifacts: everything that was found in a film."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.cli.film_time import parse_time
from orchestration.cli.marks import print_marked_table
from orchestration.cli.output import JsonOption, print_json, reported_errors, say
from orchestration.cli.selections import Mode, PinnedRun, PreferredProfile
from rushes.artifacts.selection import Selection
from rushes.artifacts.vocabulary import ArtifactType

if TYPE_CHECKING:
    from rushes.artifacts.envelope import ArtifactEnvelope

_UNSHOWN = ("words",)
"""Of a payload: too long for a table."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(artifacts)


def artifacts(
    video: Annotated[str, typer.Argument(help="An asset_id, a path, or a file name.")],
    artifact_type: Annotated[
        ArtifactType | None, typer.Option("--type", help="Only artifacts of this type.")
    ] = None,
    start: Annotated[
        str | None, typer.Option("--from", help="Only what ends after this, such as 1:05.")
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", help="Only what starts before this, such as 1:20.")
    ] = None,
    selection: Mode = None,
    profile: PreferredProfile = None,
    run_id: PinnedRun = None,
    limit: Annotated[
        int | None, typer.Option(min=1, max=1000, help="A page of so many; absent: all.")
    ] = None,
    cursor: Annotated[str | None, typer.Option(help="The page after that of this cursor.")] = None,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Everything that was found in a film, by the selected run of each stage.

    Examples: `rushes artifacts interview.mp4 --type scene --json` ·
    `rushes artifacts interview.mp4 --from 1:05 --to 1:20` ·
    `rushes artifacts interview.mp4 --type ocr.text --profile fast --limit 50`
    """
    from rushes.artifacts.queries import MAX_PAGE, Range
    from rushes.artifacts.run_list import origins_of_runs
    from rushes.library.repository import resolve_video
    from rushes.pipeline.startup import open_context

    with reported_errors(as_json):
        chosen = Selection.asked(selection, profile, run_id)
        span = Range(parse_time(start) if start else None, parse_time(end) if end else None)
        context = open_context()
        film = resolve_video(context.engine, video)
        asked = (film.asset_id, artifact_type, span, chosen)
        following: str | None = None
        with context.engine.connect() as connection:
            if limit is None and cursor is None:
                found = context.artifacts.answering(connection, *asked)
            else:
                page = context.artifacts.page(
                    connection, *asked, cursor=cursor, limit=limit or MAX_PAGE
                )
                found, following = list(page.artifacts), page.cursor
            origin_of = origins_of_runs(connection, {each.run_id for each in found})
        if as_json:
            told = {"origins": origin_of, "artifacts": found, "cursor": following}
            print_json({"asset_id": film.asset_id, "path": film.path, **told})
            return
        _show(film.path, found, [origin_of[each.run_id] for each in found])
        if following:
            say(f"there is more: add --cursor {following}")


def _show(title: str, found: list[ArtifactEnvelope], origins: list[str]) -> None:
    from rushes.artifacts.hashing import canonical_json
    from rushes.media.timecode import format_clock

    rows = [
        (
            format_clock(each.span_start_ms),
            format_clock(each.span_end_ms),
            each.artifact_type,
            canonical_json({k: v for k, v in each.payload.items() if k not in _UNSHOWN}),
            each.producer,
        )
        for each in found
    ]
    print_marked_table(title, ("start", "end", "type", "payload", "producer"), rows, origins)
