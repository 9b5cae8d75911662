"""people: who is in the films, and what you know better than the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.cli import people_care
from orchestration.cli.output import (
    JsonOption,
    print_json,
    print_table,
    reported_errors,
    say,
    stdout,
)

if TYPE_CHECKING:
    from rushes.people.listing import Occurrence, Person, SeenPerson
    from rushes.people.separation import FilmSpan
    from rushes.people.service import Change, PeopleService

app = typer.Typer(
    help="Who is in the films. PERSON is an id or a name, as `rushes people list` shows them.",
    no_args_is_help=True,
)
PersonArgument = Annotated[str, typer.Argument(metavar="PERSON", help="A cluster id or a name.")]
LibraryOption = Annotated[
    str | None, typer.Option("--library", help="Only this library (its slug).")
]
Json = Annotated[bool, JsonOption]


@app.command("list")
def list_(
    library: LibraryOption = None,
    hidden: Annotated[bool, typer.Option("--hidden", help="Hidden people too.")] = False,
    stored: Annotated[
        bool, typer.Option("--stored", help="All whose faces are kept, by whichever run.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Everybody that the selected runs show, with the stretches of film that show them.

    Examples: `rushes people list --library holiday --json` ·
    `rushes people list --stored`, for whom an erasure may be about
    """
    from rushes.library.repository import get_library
    from rushes.people.listing import list_people
    from rushes.pipeline.startup import open_context

    with reported_errors(as_json):
        with open_context().engine.connect() as connection:
            if library is not None:
                get_library(connection, library)
            found = list_people(connection, library, include_hidden=hidden, stored=stored)
        if as_json:
            print_json({"people": [_as_json(each) for each in found]})
        elif not found:
            say(
                "nobody: rushes index analyses films, `faces` among its stages; "
                "rushes people list --stored shows whom runs that are not selected found"
            )
        else:
            _print_people(found)


@app.command()
def show(person: PersonArgument, library: LibraryOption = None, as_json: Json = False) -> None:
    """One person: where to be seen, and which clusters are merged in it.

    Example: `rushes people show "Ann Lee"`
    """
    from rushes.people.listing import find_person, members_of, seen_person
    from rushes.pipeline.startup import open_context

    with reported_errors(as_json):
        with open_context().engine.connect() as connection:
            found = find_person(connection, person, library)
            seen, members = seen_person(connection, found), members_of(connection, found)
        if as_json:
            about = {"library": found.library_slug, "hidden": found.hidden, "faces": seen.faces}
            print_json({**_as_json(seen), **about, "clusters": members})
            return
        state = ", hidden" if found.hidden else ""
        say(f"{_called(found)} ({found.cluster_id}, library {found.library_slug}{state})")
        if len(members) > 1:
            say(f"merged in it: {', '.join(each for each in members if each != found.cluster_id)}")
        _print_occurrences(seen.occurrences)


@app.command()
def name(
    person: PersonArgument,
    new_name: Annotated[str, typer.Argument(metavar="NAME", help='"" takes the name away.')],
    library: LibraryOption = None,
    as_json: Json = False,
) -> None:
    """Give a person a name.

    Example: `rushes people name p3f0c2a9d1e5b7788 "Ann Lee"`
    """
    with reported_errors(as_json):
        _show_change(_service(library).name(person, new_name), as_json, "is called so now")


@app.command()
def merge(
    into: Annotated[str, typer.Argument(metavar="INTO", help="Who stays: an id or a name.")],
    others: Annotated[list[str], typer.Argument(metavar="OTHER...", help="Who joins it.")],
    library: LibraryOption = None,
    as_json: Json = False,
) -> None:
    """These are one person. `rushes people undo` parts them again exactly.

    Example: `rushes people merge "Ann Lee" p81d2c4e6f8a01b23 p99aa01bb23cc45dd`
    """
    with reported_errors(as_json):
        _show_change(_service(library).merge(into, others), as_json, "is one person now")


@app.command()
def split(
    person: PersonArgument,
    at: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILM@TIME",
            help="The appearance at that time, or FILM@FROM-TO for a stretch; may be repeated.",
        ),
    ] = None,
    faces: Annotated[
        str | None, typer.Option(metavar="IDS", help="Artifact ids of faces, with commas.")
    ] = None,
    library: LibraryOption = None,
    as_json: Json = False,
) -> None:
    """Somebody else is to be seen there: those faces become a new person.

    Example: `rushes people split "Ann Lee" --at interview.mp4@1:05 --at party.mov@12:00-13:30`
    """
    with reported_errors(as_json):
        chosen = [each.strip() for each in (faces or "").split(",") if each.strip()]
        spans = [_span(each) for each in at or ()]
        change = _service(library).split(person, spans=spans, artifact_ids=chosen)
        _show_change(change, as_json, f"is new, split from {person}")


@app.command()
def hide(person: PersonArgument, library: LibraryOption = None, as_json: Json = False) -> None:
    """Leave a person out of lists, searches and jumps; nothing is deleted.

    Example: `rushes people hide p3f0c2a9d1e5b7788`
    """
    with reported_errors(as_json):
        _show_change(_service(library).hide(person), as_json, "is hidden now")


@app.command()
def unhide(person: PersonArgument, library: LibraryOption = None, as_json: Json = False) -> None:
    """Show a hidden person again.

    Example: `rushes people unhide p3f0c2a9d1e5b7788`
    """
    with reported_errors(as_json):
        _show_change(_service(library).unhide(person), as_json, "is shown again")


@app.command("cannot-link")
def cannot_link(
    person: PersonArgument,
    other: Annotated[str, typer.Argument(metavar="OTHER", help="A cluster id or a name.")],
    library: LibraryOption = None,
    as_json: Json = False,
) -> None:
    """These are two people, whatever a merge or a new grouping would make of them.

    Example: `rushes people cannot-link Ann "Ann's sister"`
    """
    with reported_errors(as_json):
        change = _service(library).cannot_link(person, other)
        _show_change(change, as_json, f"is never to be one with {other}")


@app.command()
def undo(
    entry: Annotated[
        int | None, typer.Argument(metavar="ENTRY", help="Its number; absent: the newest.")
    ] = None,
    library: LibraryOption = None,
    as_json: Json = False,
) -> None:
    """Take back what was said; an undo can be undone too. `rushes people log` has the numbers.

    Example: `rushes people undo 12`
    """
    with reported_errors(as_json):
        change = _service(library).undo(entry)
        if as_json:
            print_json({"entry": change.entry})
        else:
            undone = change.entry.payload["entry_id"]
            stdout.print(f"entry {undone} is undone (by entry {change.entry.entry_id})")


def _service(library: str | None) -> PeopleService:
    from rushes.people.service import PeopleService
    from rushes.pipeline.startup import open_context

    return PeopleService(open_context().engine, people_care.author(), library)


def _span(text: str) -> FilmSpan:
    from orchestration.cli.film_time import parse_place
    from rushes.library.repository import resolve_video
    from rushes.people.separation import FilmSpan
    from rushes.pipeline.startup import open_context

    film, start_ms, end_ms = parse_place(text)
    return FilmSpan(resolve_video(open_context().engine, film).asset_id, start_ms, end_ms)


def _show_change(change: Change, as_json: bool, what: str) -> None:
    if as_json:
        print_json({"entry": change.entry, "person": change.person})
        return
    if change.person is not None:
        stdout.print(
            f"{_called(change.person)} ({change.person.cluster_id}) {what}",
            highlight=False,
            markup=False,
        )
    say(f"to take it back: rushes people undo {change.entry.entry_id}")


def _called(person: Person) -> str:
    return person.name or "unnamed"


def _as_json(seen: SeenPerson) -> dict[str, object]:
    return {
        "cluster_id": seen.person.cluster_id,
        "name": seen.person.name,
        "occurrences": list(seen.occurrences),
    }


def _print_people(found: list[SeenPerson]) -> None:
    from rushes.media.timecode import format_clock

    rows = [
        (
            each.person.cluster_id,
            each.person.name or ("(hidden)" if each.person.hidden else ""),
            each.person.library_slug,
            len({occurrence.asset_id for occurrence in each.occurrences}),
            format_clock(each.shown_ms),
            f"{each.occurrences[0].path} {format_clock(each.occurrences[0].start_ms)}",
        )
        for each in found
    ]
    print_table("", ("person", "name", "library", "films", "shown", "first seen"), rows)
    if any(each.person.name is None for each in found):
        say('name somebody with: rushes people name PERSON "NAME"')


def _print_occurrences(occurrences: tuple[Occurrence, ...]) -> None:
    from rushes.media.timecode import format_clock

    rows = [
        (each.path, format_clock(each.start_ms), format_clock(each.end_ms), each.asset_id)
        for each in occurrences
    ]
    print_table("", ("film", "from", "to", "asset_id"), rows)


people_care.register(app)
