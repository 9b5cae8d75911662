"""stages: what a film has by stage, and where it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestration.cli.output import JsonOption, print_json, print_table, reported_errors, say

if TYPE_CHECKING:
    from rushes.artifacts.coverage import Coverage


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(stages)


def stages(
    video: Annotated[
        str, typer.Argument(metavar="FILM", help="An asset_id, a path, or a file name.")
    ],
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """What each stage of a film answers with: analysed, imported, or corrected by people.

    Where the last try of a stage failed, the reason stands below.

    Example: `rushes stages interview.mp4`
    """
    from rushes.artifacts.coverage import coverage, origins_of
    from rushes.library.repository import resolve_video
    from rushes.pipeline.startup import open_context

    with reported_errors(as_json):
        engine = open_context().engine
        film = resolve_video(engine, video)
        with engine.connect() as connection:
            found = coverage(connection, [film.asset_id]).get(film.asset_id, {})
        if as_json:
            told = {"asset_id": film.asset_id, "path": film.path, "origins": origins_of(found)}
            print_json({**told, "stages": found})
            return
        print_table(film.path, _HEADINGS, [_row(name, each) for name, each in found.items()])
        for name, each in found.items():
            if each.failure is not None:
                say(f"{name} failed [{each.failure.code}]: {each.failure.text}")


_HEADINGS = ("stage", "mark", "spans", "producer", "profile", "runs", "finished", "failed")


def _row(name: str, each: Coverage) -> tuple[Any, ...]:
    return (
        name,
        " + ".join(each.origins),
        each.spans if each.run_ids else "",
        each.producer,
        each.model_profile,
        len(each.run_ids) if each.run_ids else "",
        f"{each.finished_at:%Y-%m-%d %H:%M:%S}" if each.finished_at else "",
        each.failure.code if each.failure else "",
    )
