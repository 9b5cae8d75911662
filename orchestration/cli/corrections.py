"""correct, corrections: what people know better than the models."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestration.cli.film_time import parse_place
from orchestration.cli.output import JsonOption, print_json, print_table, reported_errors, stdout
from rushes.artifacts.vocabulary import ArtifactType

if TYPE_CHECKING:
    from rushes.artifacts.correction_list import Correction

_ACTOR = "cli"
_SAYS = ("text", "label", "language")
"""What is shown of a payload, the first that there is."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(correct)
    app.command()(corrections)


def correct(
    place: Annotated[str, typer.Argument(help="FILM@FROM-TO, such as interview.mp4@1:05-1:08.")],
    artifact_type: Annotated[
        ArtifactType, typer.Option("--type", help="What is corrected.")
    ] = ArtifactType.TRANSCRIPT_SEGMENT,
    text: Annotated[str | None, typer.Option(help="What is said or written there.")] = None,
    label: Annotated[str | None, typer.Option(help="What is to be seen, or where it is.")] = None,
    language: Annotated[str | None, typer.Option(help="A code such as en.")] = None,
    payload: Annotated[
        str | None, typer.Option(help="More of the payload, as a JSON object.")
    ] = None,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Say what stands in a span of a film. It replaces what it overlaps for the most part.

    What you leave unsaid is taken from what it replaces. A correction stays when the film is
    analysed again; `rushes corrections` lists and withdraws them.

    Examples: `rushes correct interview.mp4@1:05-1:08 --text "Ann Lee was here"` ·
    `rushes correct interview.mp4@1:05-1:08 --language de` ·
    `rushes correct zoo.mp4@12-13 --type object.detection --label cat` ·
    `rushes correct zoo.mp4@0-41.5 --type scene`
    """
    from rushes.artifacts.corrections import CorrectionItem
    from rushes.artifacts.corrections import correct as write
    from rushes.errors import InvalidRequestError
    from rushes.library.repository import resolve_video
    from rushes.pipeline.startup import open_context

    with reported_errors(as_json):
        name, start_ms, end_ms = parse_place(place)
        if end_ms is None:
            raise InvalidRequestError(
                f"{place!r} has no end", code="invalid_time", remedy="write FILM@FROM-TO"
            )
        said = _said(payload, text=text, label=label, language=language)
        context = open_context()
        film = resolve_video(context.engine, name)
        item = CorrectionItem(start_ms, end_ms, said)
        with context.engine.begin() as connection:
            run_id = write(
                connection, context.artifacts, film.asset_id, artifact_type, [item], _ACTOR
            )
        if as_json:
            print_json({"asset_id": film.asset_id, "run_id": run_id})
        else:
            stdout.print(f"corrected: {run_id}", highlight=False)
            stdout.print(f"to take it back: rushes corrections --withdraw {run_id}")


def _said(payload: str | None, **options: str | None) -> dict[str, Any]:
    from rushes.errors import InvalidRequestError

    said: Any = {}
    if payload is not None:
        try:
            said = json.loads(payload)
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict):
            raise InvalidRequestError(
                "--payload is no JSON object",
                code="bad_payload",
                remedy="""write it like '{"speaker": "Ann"}'""",
            )
    return {**said, **{name: value for name, value in options.items() if value is not None}}


def corrections(
    video: Annotated[
        str | None, typer.Argument(help="An asset_id, a path, or a file name.")
    ] = None,
    run_id: Annotated[
        str | None, typer.Option("--withdraw", help="Take this correction back.")
    ] = None,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """The corrections of a film, newest first; or take one back.

    Examples: `rushes corrections interview.mp4` · `rushes corrections --withdraw r0123abcd`
    """
    from rushes.api.parameters import clean
    from rushes.artifacts.correction_list import corrections_of
    from rushes.artifacts.corrections import withdraw
    from rushes.errors import InvalidRequestError
    from rushes.library.repository import resolve_video
    from rushes.pipeline.startup import open_context

    with reported_errors(as_json):
        if (video is None) == (run_id is None):
            raise InvalidRequestError("give a film, or --withdraw with a correction")
        engine = open_context().engine
        if run_id is not None:
            with engine.begin() as connection:
                withdraw(connection, clean(run_id), _ACTOR)
            if as_json:
                print_json({"withdrawn": run_id})
            else:
                stdout.print(f"withdrawn: {run_id}", highlight=False)
            return
        film = resolve_video(engine, video or "")
        with engine.connect() as connection:
            found = corrections_of(connection, film.asset_id)
        if as_json:
            print_json({"asset_id": film.asset_id, "path": film.path, "corrections": found})
        else:
            rows = [row for each in found for row in _rows(each)]
            print_table(film.path, _HEADINGS, rows)


_HEADINGS = ("correction", "made", "by", "type", "start", "end", "says", "replaces", "")


def _rows(each: Correction) -> list[tuple[Any, ...]]:
    from rushes.media.timecode import format_clock

    return [
        (
            each.run_id,
            f"{each.made_at:%Y-%m-%d %H:%M:%S}",
            each.actor,
            each.artifact_type,
            format_clock(span.start_ms),
            format_clock(span.end_ms),
            next((span.payload[name] for name in _SAYS if name in span.payload), ""),
            len(span.replaces),
            "" if each.answers else "of earlier content",
        )
        for span in each.items
    ]
