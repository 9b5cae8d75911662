"""moments: several things at once, in time."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestration.cli.output import (
    JsonOption,
    print_json,
    print_table,
    reported_errors,
    say,
)
from orchestration.cli.selections import Mode, PinnedRun, PreferredProfile
from rushes.artifacts.selection import Selection

if TYPE_CHECKING:
    from rushes.moments.expression import Node
    from rushes.moments.find import Moment, Moments


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(moments)


def moments(
    text: Annotated[
        str | None, typer.Argument(help="Such as: person:Ann AND object:dog WITHIN 5s")
    ] = None,
    expression: Annotated[
        str | None, typer.Option(help="A file with the expression as JSON; - reads stdin.")
    ] = None,
    library: Annotated[str | None, typer.Option(help="Only this library (its slug).")] = None,
    video: Annotated[
        str | None, typer.Option(help="Only this film: an asset_id, a path, or a file name.")
    ] = None,
    selection: Mode = None,
    profile: PreferredProfile = None,
    run_id: PinnedRun = None,
    limit: Annotated[int, typer.Option(min=1, max=50, help="Moments at most.")] = 20,
    cursor: Annotated[str | None, typer.Option(help="Of the answer before: goes on there.")] = None,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Where things are there together, near one another, or one without the other.

    Kinds are object, person, place, said and written, each with a value, and scene. Join them with
    AND, OR, NOT and parentheses; WITHIN says how far apart the parts of an AND may be.

    Examples: `rushes moments 'person:Ann AND written:"exit" WITHIN 5s'` ·
    `rushes moments 'place:beach AND (object:dog>=0.5 OR said:dog) AND NOT person:Bob'` ·
    `rushes moments --expression question.json --json`
    """
    from rushes.library.repository import resolve_video
    from rushes.moments.find import Scope
    from rushes.moments.find import moments as find_moments
    from rushes.pipeline.startup import open_context

    with reported_errors(as_json):
        node = _asked(text, expression)
        chosen = Selection.asked(selection, profile, run_id)
        engine = open_context().engine
        film = None if video is None else resolve_video(engine, video).asset_id
        found = find_moments(engine, node, Scope(library, film, chosen, limit, cursor))
        if as_json:
            print_json(_plain(found))
        else:
            _show(found)


def _asked(text: str | None, file: str | None) -> Node:
    from rushes.errors import InvalidRequestError
    from rushes.moments.written import parse

    if (text is None) == (file is None):
        raise InvalidRequestError(
            "give an expression, or --expression FILE",
            code="bad_expression",
            remedy="see `rushes moments --help`",
        )
    return parse(text) if text is not None else _read(str(file))


def _read(file: str) -> Node:
    import json

    from rushes.errors import InvalidRequestError
    from rushes.moments.expression import Asking

    try:
        content = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
        value = json.loads(content)
    except (OSError, ValueError, RecursionError) as error:
        raise InvalidRequestError(
            f"{file} holds no expression: {error}", code="bad_expression"
        ) from error
    return Asking.of(value).expression


def _plain(found: Moments) -> dict[str, Any]:
    """As the HTTP API answers."""
    return {
        "moments": [_plain_moment(each) for each in found.moments],
        "has_more": found.cursor is not None,
        "cursor": found.cursor,
    }


def _plain_moment(moment: Moment) -> dict[str, Any]:
    names = ("video_id", "library", "path", "capture_time", "start_ms", "end_ms")
    evidence = [
        {"leaf": one.place, "asked": one.asked, "found": one.found, "artifacts": one.artifacts}
        for one in moment.evidence
    ]
    return {**{name: getattr(moment, name) for name in names}, "evidence": evidence}


def _show(found: Moments) -> None:
    from rushes.media.timecode import format_clock

    if not found.moments:
        say("there is no such moment")
        return
    rows = [
        (
            each.path,
            format_clock(each.start_ms),
            format_clock(each.end_ms),
            ", ".join(_told(one.asked, one.found) for one in each.evidence if one.found),
            each.library,
        )
        for each in found.moments
    ]
    print_table("", ("film", "from", "to", "evidence", "library"), rows)
    if found.cursor is not None:
        say(f"there are more: --cursor {found.cursor}")


def _told(asked: dict[str, Any], found: int) -> str:
    kind, value = next(iter(asked.items()))
    name = kind if kind == "scene" else f"{kind}:{value}"
    return f"{name} ({found})"
