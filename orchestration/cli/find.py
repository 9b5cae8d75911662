"""find, vocabulary: words in a film, and what can be asked for."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestration.cli.film_time import parse_time
from orchestration.cli.output import JsonOption, print_json, print_table, reported_errors, say
from orchestration.cli.selections import Mode, PinnedRun, PreferredProfile
from rushes.artifacts.selection import Selection
from rushes.navigation.direction import Direction
from rushes.navigation.sources import Source
from rushes.navigation.vocabulary import MOST_TERMS, TermKind


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(find)
    app.command()(vocabulary)


def find(
    video: Annotated[str, typer.Argument(help="An asset_id, a path, or a file name.")],
    text: Annotated[str, typer.Argument(help="What was said or is written on screen.")],
    source: Annotated[
        Source | None, typer.Option(help="Only what was said, or what is written on screen.")
    ] = None,
    direction: Annotated[Direction, typer.Option(help="Which way.")] = Direction.NEXT,
    from_time: Annotated[
        str | None, typer.Option("--from", help="From here, such as 1:05 or 65000ms.")
    ] = None,
    selection: Mode = None,
    profile: PreferredProfile = None,
    run_id: PinnedRun = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Matches at most.")] = 50,
    cursor: Annotated[str | None, typer.Option(help="Go on after an answer: its cursor.")] = None,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Every moment of one film where that was said or is written, in order of time.

    Examples: `rushes find interview.mp4 "the garden"` ·
    `rushes find interview.mp4 --direction prev --from 12:30 garden`
    """
    from dataclasses import asdict

    from rushes.library.repository import resolve_video
    from rushes.media.timecode import format_clock
    from rushes.navigation.find import find as find_in_film
    from rushes.pipeline.startup import open_context

    with reported_errors(as_json):
        chosen = Selection.asked(selection, profile, run_id)
        engine = open_context().engine
        film = resolve_video(engine, video)
        found = find_in_film(
            engine,
            film.asset_id,
            text,
            direction=direction,
            from_ms=None if from_time is None else parse_time(from_time),
            source=source,
            selection=chosen,
            limit=limit,
            cursor=cursor,
        )
        if as_json:
            print_json({**asdict(found), "path": film.path})
            return
        if not found.matches:
            say(f"nothing found in {film.path} for: {text}")
            return
        rows = [
            (
                format_clock(each.words_start_ms),
                format_clock(each.words_end_ms),
                each.source,
                each.text,
                each.origin,
            )
            for each in found.matches
        ]
        print_table(film.path, ("from", "to", "source", "text", "origin"), rows)
        if found.has_more:
            say(f"there is more: --cursor {found.cursor}")


def vocabulary(
    kind: Annotated[TermKind, typer.Option(help="What the terms name.")] = TermKind.OBJECT,
    library: Annotated[str | None, typer.Option(help="Only this library (its slug).")] = None,
    limit: Annotated[int, typer.Option(min=1, max=MOST_TERMS, help="Terms at most.")] = 200,
    cursor: Annotated[str | None, typer.Option(help="Go on after an answer: its cursor.")] = None,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """What can be asked for: the objects, places, people and languages that were found.

    Examples: `rushes vocabulary --kind place` · `rushes vocabulary --kind person --library archive`
    """
    from rushes.library.repository import get_library
    from rushes.navigation.vocabulary import vocabulary as terms_of
    from rushes.pipeline.startup import open_context

    with reported_errors(as_json):
        engine = open_context().engine
        if library is not None:
            with engine.connect() as connection:
                get_library(connection, library)
        found = terms_of(engine, kind, library=library, limit=limit, cursor=cursor)
        if as_json:
            print_json(found)
            return
        if not found.terms:
            say(f"no {kind} was found in any film")
            return
        rows = [(each.name or each.label, each.films, each.spans) for each in found.terms]
        print_table("", (kind.value, "films", "spans"), rows)
        if found.has_more:
            say(f"there is more: --cursor {found.cursor}")
