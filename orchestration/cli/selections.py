"""runs, profiles, select: the runs of a film, and which of them answers."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from orchestration.cli.output import JsonOption, print_json, print_table, reported_errors, stdout
from rushes.artifacts.selection import Selection, SelectionMode
from rushes.artifacts.vocabulary import ArtifactType, ModelProfile

Mode = Annotated[SelectionMode | None, typer.Option("--selection", help="Which run answers.")]
PreferredProfile = Annotated[
    ModelProfile | None, typer.Option("--profile", help="The one of `--selection profile`.")
]
PinnedRun = Annotated[str | None, typer.Option("--run", help="The one of `--selection pinned`.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("runs")(list_runs)
    app.command("profiles")(list_profiles)
    app.command()(select)


def list_runs(
    video: Annotated[str, typer.Argument(help="An asset_id, a path, or a file name.")],
    stage: Annotated[str | None, typer.Option(help="Only runs of this stage.")] = None,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """The runs of a film's current content, newest first; `*` marks the one that answers.

    Example: `rushes runs interview.mp4 --stage transcript`
    """
    from rushes.artifacts.run_list import runs_of_film
    from rushes.library.repository import resolve_video
    from rushes.pipeline.startup import open_context

    with reported_errors(as_json):
        engine = open_context().engine
        film = resolve_video(engine, video)
        with engine.connect() as connection:
            found = runs_of_film(connection, film.asset_id, stage)
        if as_json:
            print_json({"asset_id": film.asset_id, "path": film.path, "runs": found})
            return
        print_table(film.path, _HEADINGS, [_row(each) for each in found])


_HEADINGS = ("", "run", "stage", "status", "profile", "origin", "producer", "finished", "found")


def _row(run: dict[str, Any]) -> tuple[Any, ...]:
    return (
        "*" if run["selected"] else "",
        run["run_id"],
        run["stage"],
        run["status"],
        run["model_profile"],
        run["origin"],
        f"{run['producer']} {run['producer_version']}",
        f"{run['finished_at']:%Y-%m-%d %H:%M:%S}" if run["finished_at"] else "",
        ", ".join(f"{name} {count}" for name, count in run["counts"].items()),
    )


def list_profiles(
    video: Annotated[str, typer.Argument(help="An asset_id, a path, or a file name.")],
    artifact_type: Annotated[
        ArtifactType | None, typer.Option("--type", help="Only for this type.")
    ] = None,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """The profiles that a film has results of; `*` marks the one that answers.

    Example: `rushes profiles interview.mp4 --type transcript.segment`
    """
    from rushes.artifacts.run_list import profiles_of_film
    from rushes.library.repository import resolve_video
    from rushes.pipeline.startup import open_context

    with reported_errors(as_json):
        engine = open_context().engine
        film = resolve_video(engine, video)
        with engine.connect() as connection:
            found = profiles_of_film(connection, film.asset_id, artifact_type)
        if as_json:
            print_json({"asset_id": film.asset_id, "path": film.path, "profiles": found})
            return
        rows = [
            (
                "*" if each.answers else "",
                each.artifact_type,
                each.model_profile,
                each.runs,
                each.newest_run_id,
                f"{each.finished_at:%Y-%m-%d %H:%M:%S}",
            )
            for each in found
        ]
        print_table(film.path, ("", "type", "profile", "runs", "newest", "finished"), rows)


def select(
    videos: Annotated[
        list[str] | None, typer.Argument(help="Films; none: all of --library, or all there are.")
    ] = None,
    library: Annotated[str | None, typer.Option(help="All films of this library.")] = None,
    artifact_type: Annotated[
        ArtifactType | None, typer.Option("--type", help="Only for this type; else for all.")
    ] = None,
    mode: Mode = None,
    profile: PreferredProfile = None,
    run_id: PinnedRun = None,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Say which run answers from now on. Nothing is computed and nothing is overwritten.

    Examples: `rushes select --profile fast --type transcript.segment` ·
    `rushes select interview.mp4 --type ocr.text --run r0123abcd` ·
    `rushes select --selection best_quality` · `rushes select --selection default`
    """
    from rushes.artifacts.policies import set_policy
    from rushes.audit import record
    from rushes.errors import InvalidRequestError
    from rushes.library.repository import list_videos, resolve_video
    from rushes.pipeline.startup import open_context

    with reported_errors(as_json):
        selection = Selection.asked(mode, profile, run_id)
        if selection is None:
            raise InvalidRequestError(
                "no selection is given", remedy="use --selection, --profile or --run"
            )
        engine = open_context().engine
        if videos:
            asset_ids = [resolve_video(engine, each).asset_id for each in videos]
        else:
            asset_ids = [
                each.asset_id for each in list_videos(engine, library=library, limit=2**31 - 1)
            ]
        types = [artifact_type] if artifact_type else list(ArtifactType)
        with engine.begin() as connection:
            changed = set_policy(connection, asset_ids, types, selection)
            # Of named films an entry each; of a whole library one, whose subject it is.
            for subject in asset_ids if videos else [library or "all libraries"]:
                record(connection, "cli", "selection.set", subject, _details(types, selection))
        if as_json:
            print_json({"selection": selection.mode, "films": len(asset_ids), "changed": changed})
        else:
            stdout.print(f"{selection.mode.value} answers for {len(asset_ids)} films")


def _details(types: list[ArtifactType], selection: Selection) -> dict[str, Any]:
    """What the audit log says of a selection."""
    return {
        "artifact_types": types,
        "mode": selection.mode,
        "preferred_profile": selection.preferred_profile,
        "pinned_run_id": selection.pinned_run_id,
    }
