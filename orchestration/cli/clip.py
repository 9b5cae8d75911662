"""clip: a part of a film as a file of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchestration.cli.output import JsonOption, print_json, reported_errors, stdout
from rushes.media.clip import Clip, ClipMode


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(clip)


def clip(
    place: Annotated[str, typer.Argument(metavar="FILM@FROM-TO", help="A film and a span.")],
    target: Annotated[Path, typer.Argument(metavar="OUT.mp4", help="Where to write it.")],
    mode: Annotated[
        ClipMode, typer.Option(help="auto copies where that is exact; copy refuses elsewhere.")
    ] = ClipMode.AUTO,
    force: Annotated[bool, typer.Option("--force", help="Write over a file of that name.")] = False,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Write a part of a film to an MP4 file, to the frame.

    Copied as it is stored where that is exact, else encoded. Never inside a library.

    Examples: `rushes clip interview.mp4@1:05-1:20 answer.mp4` ·
    `rushes clip interview.mp4@65000ms-80000ms answer.mp4 --mode copy`
    """
    from rushes.library.repository import resolve_video
    from rushes.library.targets import library_roots
    from rushes.media.clip import export_clip
    from rushes.media.clip_file import saved_clip
    from rushes.media.streaming import SourceChangedError, open_film_file
    from rushes.pipeline.startup import open_context

    with reported_errors(as_json):
        name, from_ms, to_ms = _span(place)
        context = open_context()
        film = resolve_video(context.engine, name)
        roots = library_roots(context.engine)
        source = open_film_file(film)
        with source.file:

            def export(path: Path) -> Clip:
                threads = context.settings.cpu_threads
                made = export_clip(source.path, path, from_ms, to_ms, mode, threads=threads)
                if not source.is_still_there():
                    raise SourceChangedError("the film was changed while its clip was made")
                return made

            made = saved_clip(target, roots, export, overwrite=force)
        if as_json:
            print_json({"asset_id": film.asset_id, "path": str(target), "clip": made})
            return
        stdout.print(
            f"{made.how}: {made.frames} frames, {made.from_ms} to {made.to_ms} ms, "
            f"{made.size_bytes} bytes",
            highlight=False,
        )


def _span(place: str) -> tuple[str, int, int]:
    from orchestration.cli.film_time import parse_place
    from rushes.errors import InvalidRequestError

    film, from_ms, to_ms = parse_place(place)
    if to_ms is None:
        raise InvalidRequestError(
            f"{place!r} says no end",
            code="invalid_time",
            remedy="write FILM@FROM-TO, such as interview.mp4@1:05-1:20",
        )
    return film, from_ms, to_ms
