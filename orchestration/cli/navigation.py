"""jump, appearances: from moment to moment, in a film and across all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestration.cli.film_time import parse_time
from orchestration.cli.marks import print_marked_table
from orchestration.cli.output import JsonOption, print_json, reported_errors, say
from orchestration.cli.selections import Mode, PinnedRun, PreferredProfile
from rushes.artifacts.selection import Selection
from rushes.navigation.direction import Direction
from rushes.navigation.kinds import Kind

if TYPE_CHECKING:
    from rushes.navigation.found import Grouping, Jump
    from rushes.navigation.library_jump import FilmJump
    from rushes.navigation.wanted import Wanted

Kinds = Annotated[
    list[Kind] | None,
    typer.Option(
        "--kind",
        help="What to go to; may be repeated. Absent: what the filters go with, else scenes.",
    ),
]
Label = Annotated[str | None, typer.Option(help="An object or a place, such as dog.")]
Person = Annotated[str | None, typer.Option(help="A name, or the id of a person.")]
Text = Annotated[str | None, typer.Option(help='Words, a "phrase", OR, -without.')]
MinConfidence = Annotated[float | None, typer.Option(min=0, max=1, help="0 to 1.")]
GapMs = Annotated[
    int, typer.Option("--gap-ms", help="Spans of one thing this near are one appearance.")
]
Cursor = Annotated[
    str | None, typer.Option(help="Walk on from an answer: its cursor, or start, or end.")
]
Json = Annotated[bool, JsonOption]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(jump)
    app.command("jump-all")(jump_all)
    app.command()(appearances)


def jump(
    video: Annotated[str, typer.Argument(help="An asset_id, a path, or a file name.")],
    kind: Kinds = None,
    label: Label = None,
    person: Person = None,
    text: Text = None,
    min_confidence: MinConfidence = None,
    direction: Annotated[Direction, typer.Option(help="Which way.")] = Direction.NEXT,
    from_time: Annotated[
        str | None, typer.Option("--from", help="From here, such as 1:05 or 65000ms.")
    ] = None,
    from_ms: Annotated[int | None, typer.Option("--from-ms", help="The same in ms.")] = None,
    group: Annotated[
        bool, typer.Option("--group/--no-group", help="Appearances, or each span by itself.")
    ] = True,
    gap_ms: GapMs = 2000,
    selection: Mode = None,
    profile: PreferredProfile = None,
    run_id: PinnedRun = None,
    cursor: Cursor = None,
    as_json: Json = False,
) -> None:
    """The next or previous moment of a film: strictly after a time, or ended before it.

    Examples: `rushes jump interview.mp4 --kind scene --from 0:12` ·
    `rushes jump interview.mp4 --label dog --direction prev` ·
    `rushes jump interview.mp4 --person "Ada" --kind person --cursor start`
    """
    from rushes.library.repository import resolve_video
    from rushes.navigation.jump import jump as jump_to
    from rushes.pipeline.startup import open_context

    with reported_errors(as_json):
        chosen = Selection.asked(selection, profile, run_id)
        wanted = _wanted(kind, label, person, text, min_confidence)
        engine = open_context().engine
        film = resolve_video(engine, video)
        found = jump_to(
            engine,
            film.asset_id,
            wanted,
            direction,
            from_ms=_time(from_time, from_ms),
            cursor=cursor,
            selection=chosen,
            group=_grouping(group, gap_ms),
        )
        if as_json:
            print_json({**_plain(found), "path": film.path})
        else:
            _show(film.path, [found])
            say(f"on from here: --cursor {found.cursor}")


def jump_all(
    kind: Kinds = None,
    label: Label = None,
    person: Person = None,
    text: Text = None,
    min_confidence: MinConfidence = None,
    direction: Annotated[Direction, typer.Option(help="Which way.")] = Direction.NEXT,
    library: Annotated[str | None, typer.Option(help="Only this library (its slug).")] = None,
    start_film: Annotated[str | None, typer.Option("--film", help="Begin in this film.")] = None,
    from_time: Annotated[
        str | None, typer.Option("--from", help="At this time of --film, such as 1:05.")
    ] = None,
    group: Annotated[
        bool, typer.Option("--group/--no-group", help="Appearances, or each span by itself.")
    ] = True,
    gap_ms: GapMs = 2000,
    limit: Annotated[int, typer.Option(min=1, max=50, help="Moments at most.")] = 10,
    selection: Mode = None,
    profile: PreferredProfile = None,
    run_id: PinnedRun = None,
    cursor: Cursor = None,
    as_json: Json = False,
) -> None:
    """The next or previous moments of all films, in order of when they were filmed.

    Films without a date come last.

    Examples: `rushes jump-all --label dog` · `rushes jump-all --person "Ada" --library holiday` ·
    `rushes jump-all --text garden --film interview.mp4 --from 1:05 --direction prev`
    """
    from rushes.errors import InvalidRequestError
    from rushes.library.repository import resolve_video
    from rushes.navigation.library_jump import jump_library
    from rushes.pipeline.startup import open_context

    with reported_errors(as_json):
        chosen = Selection.asked(selection, profile, run_id)
        wanted = _wanted(kind, label, person, text, min_confidence)
        if from_time is not None and start_film is None:
            raise InvalidRequestError("--from needs a film", remedy="say --film too")
        engine = open_context().engine
        start = None if start_film is None else resolve_video(engine, start_film).asset_id
        found = jump_library(
            engine,
            wanted,
            direction,
            library=library,
            limit=limit,
            cursor=cursor,
            start=None if start is None else (start, _time(from_time, None)),
            selection=chosen,
            group=_grouping(group, gap_ms),
        )
        if as_json:
            results = [_plain_in_film(each) for each in found.results]
            print_json({"results": results, "has_more": found.has_more, "cursor": found.cursor})
            return
        _show_films(found.results)
        if found.has_more:
            say(f"there is more: --cursor {found.cursor}")


def appearances(
    video: Annotated[str, typer.Argument(help="An asset_id, a path, or a file name.")],
    kind: Kinds = None,
    label: Label = None,
    person: Person = None,
    text: Text = None,
    min_confidence: MinConfidence = None,
    gap_ms: GapMs = 2000,
    limit: Annotated[int, typer.Option(min=1, max=500, help="At most.")] = 100,
    selection: Mode = None,
    profile: PreferredProfile = None,
    run_id: PinnedRun = None,
    cursor: Cursor = None,
    as_json: Json = False,
) -> None:
    """From when to when something or somebody is in a film, in order.

    Examples: `rushes appearances interview.mp4 --label dog` ·
    `rushes appearances interview.mp4 --kind person`
    """
    from rushes.library.repository import resolve_video
    from rushes.navigation.found import Grouping
    from rushes.navigation.jump import appearances as appearances_of
    from rushes.pipeline.startup import open_context

    with reported_errors(as_json):
        chosen = Selection.asked(selection, profile, run_id)
        wanted = _wanted(kind, label, person, text, min_confidence)
        engine = open_context().engine
        film = resolve_video(engine, video)
        found = appearances_of(
            engine,
            film.asset_id,
            wanted,
            group=Grouping(gap_ms),
            selection=chosen,
            cursor=cursor,
            limit=limit,
        )
        if as_json:
            of_film = {"video_id": film.asset_id, "path": film.path}
            each = [_plain(one) for one in found.appearances]
            page = {"appearances": each, "has_more": found.has_more, "cursor": found.cursor}
            print_json(of_film | page)
            return
        _show(film.path, found.appearances)
        if found.has_more:
            say(f"there is more: --cursor {found.cursor}")


def _wanted(
    kinds: list[Kind] | None,
    label: str | None,
    person: str | None,
    text: str | None,
    min_confidence: float | None,
) -> list[Wanted]:
    from rushes.navigation.streams import fitting, kinds_of

    asked = kinds or kinds_of(label=label, person=person, text=text)
    return fitting(asked, label=label, person=person, text=text, min_confidence=min_confidence)


def _grouping(is_asked: bool, gap_ms: int) -> Grouping | None:
    from rushes.navigation.found import Grouping

    return Grouping(gap_ms) if is_asked else None


def _time(text: str | None, from_ms: int | None) -> int | None:
    return from_ms if text is None else parse_time(text)


def _plain(found: Jump) -> dict[str, Any]:
    from dataclasses import asdict

    values = asdict(found)
    span = {name: values.pop(name) for name in ("start_ms", "end_ms")}
    return {**values, "jump_to": span}


def _plain_in_film(found: FilmJump) -> dict[str, Any]:
    from dataclasses import asdict

    values = asdict(found)
    del values["jump"]
    return {**_plain(found.jump), **values}


def _row(found: Jump) -> tuple[Any, ...]:
    from rushes.media.timecode import format_clock

    span = (format_clock(found.start_ms), format_clock(found.end_ms), f"{found.start_ms} ms")
    return (*span, found.kind, found.name or found.value, len(found.artifact_ids))


_HEADINGS = ("from", "to", "start", "kind", "what", "spans")


def _show(title: str, found: list[Jump] | tuple[Jump, ...]) -> None:
    if not found:
        say(f"nothing of that in {title}")
        return
    print_marked_table(title, _HEADINGS, [*map(_row, found)], [each.origin for each in found])


def _show_films(found: tuple[FilmJump, ...]) -> None:
    if not found:
        say("nothing of that in any film that way")
        return
    rows = [
        (
            each.path,
            *_row(each.jump),
            each.library + ("" if each.library_status == "online" else " (offline)"),
        )
        for each in found
    ]
    origins = [each.jump.origin for each in found]
    print_marked_table("", ("film", *_HEADINGS, "library"), rows, origins)
