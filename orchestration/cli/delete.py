"""delete: all that is kept of films, while their files stay where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.cli.output import JsonOption, print_json, print_table, reported_errors, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rushes.pipeline.holdings import Holdings

_STAYS = (
    "the files themselves: nothing in a library is ever touched",
    "documents and cache that another film of the same content needs",
    "people whom somebody named, merged, split or hid, even where no face of theirs is left",
    "what Dagster's event log was told, the audit log, and backups made before now",
)
_AFTERWARDS = (
    "A file that still lies in its library is left alone from now on. It comes back as a new film "
    "when it changes, moves, or when you index it by its own path: rushes index FILE"
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(delete)


def delete(
    videos: Annotated[
        list[str], typer.Argument(metavar="FILM...", help="An asset_id, a path, or a file name.")
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be deleted.")
    ] = False,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Delete all that is kept of films, for good. The files in the library stay.

    Results of all runs, corrections, favourites, documents, cache and vectors go, and people
    whose only faces these were, unless somebody named them. A file that still lies in its library
    is left alone by later scans: it comes back as a new film when it changes or moves, or by
    `rushes index` on its own path. A film that a run is queued for or at work on is refused
    (`in_flight`). A deletion that was cut short is finished by the same command.

    Examples: `rushes delete interview.mp4 --dry-run` · `rushes delete tape1.mxf tape2.mxf --yes`
    """
    from orchestration.removal import film_deletion
    from rushes.library.repository import resolve_video
    from rushes.pipeline.deletion import planned_deletion
    from rushes.pipeline.startup import open_context

    with reported_errors(as_json):
        context = open_context()
        found = (resolve_video(context.engine, each).asset_id for each in videos)
        asset_ids = list(dict.fromkeys(found))
        if dry_run:
            _show(planned_deletion(context, asset_ids), as_json, dry_run=True)
            return
        if not yes:
            _show_films(planned_deletion(context, asset_ids), as_json)
            typer.confirm("Delete all of this? It cannot be undone.", abort=True, err=True)
        _show(film_deletion(context).delete(asset_ids), as_json, dry_run=False)


def _show_films(films: Sequence[Holdings], as_json: bool) -> None:
    if not as_json:
        rows = [
            (
                each.path,
                each.library_slug,
                each.runs,
                each.artifacts,
                each.corrections,
                each.favourites,
                each.faces,
                each.vectors,
                each.documents,
                each.cache_bytes,
            )
            for each in films
        ]
        print_table("", _HEADINGS, rows)


_HEADINGS = (
    "film", "library", "runs", "artifacts", "corrections", "favourites", "faces", "vectors",
    "documents", "cache bytes",
)  # fmt: skip


def _show(films: Sequence[Holdings], as_json: bool, *, dry_run: bool) -> None:
    if as_json:
        print_json({"dry_run": dry_run, "films": films, "stays": _STAYS, "afterwards": _AFTERWARDS})
        return
    _show_films(films, as_json)
    say("would be deleted: nothing was changed" if dry_run else f"{len(films)} films deleted")
    say("what stays:")
    for each in _STAYS:
        say(f"  - {each}")
    say(_AFTERWARDS)
