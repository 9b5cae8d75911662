"""people log, recluster, recognition, erase: what concerns a library's people as a whole."""

from __future__ import annotations

import getpass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestration.cli.output import (
    JsonOption,
    print_json,
    print_table,
    reported_errors,
    say,
    stdout,
)

if TYPE_CHECKING:
    from rushes.people.log import Entry

Json = Annotated[bool, JsonOption]
_SHOWN_IDS = 3


class Switch(StrEnum):
    """On or off."""

    ON = "on"
    OFF = "off"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(log)
    app.command("recluster")(regroup)
    app.command()(recognition)
    app.command()(erase)


def author() -> str:
    """Who says it, for the log."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no name for this account, as in a container
        return "unknown"


def log(
    library: Annotated[str | None, typer.Option(help="Only this library (its slug).")] = None,
    as_json: Json = False,
) -> None:
    """All that was said about people, the oldest first; of the erased, no names.

    Example: `rushes people log --library holiday`
    """
    from rushes.library.repository import all_libraries, get_library
    from rushes.people.fold import cancelled_entries
    from rushes.people.log import read_log
    from rushes.pipeline.startup import open_context

    with reported_errors(as_json):
        with open_context().engine.connect() as connection:
            chosen = [get_library(connection, library)] if library else all_libraries(connection)
            entries = [each for one in chosen for each in read_log(connection, one.slug)]
        entries.sort(key=lambda entry: entry.entry_id)
        undone_by = cancelled_entries(entries)
        if as_json:
            rows = [{**_plain(each), "undone_by": undone_by.get(each.entry_id)} for each in entries]
            print_json({"entries": rows})
            return
        table = [
            (
                each.entry_id,
                each.created_at.astimezone().strftime("%Y-%m-%d %H:%M"),
                each.author,
                each.library_slug,
                each.action.value,
                _told(each),
                f"by {undone_by[each.entry_id]}" if each.entry_id in undone_by else "",
            )
            for each in entries
        ]
        print_table("", ("entry", "when", "who", "library", "said", "about", "undone"), table)


def regroup(
    library: Annotated[str, typer.Argument(metavar="LIBRARY", help="Its slug.")],
    as_json: Json = False,
) -> None:
    """Group all faces of a library anew. Ids, names and all that you said stay.

    Example: `rushes people recluster holiday`
    """
    from rushes.people.recluster import recluster
    from rushes.pipeline.startup import open_context

    with reported_errors(as_json):
        with open_context().engine.begin() as connection:
            report = recluster(connection, library)
        if as_json:
            print_json(report)
        else:
            stdout.print(
                f"{report.faces} faces: {report.kept} people stay, {report.founded} are new, "
                f"{report.gone} are part of others now",
                highlight=False,
            )


def recognition(
    library: Annotated[str, typer.Argument(metavar="LIBRARY", help="Its slug.")],
    switch: Annotated[Switch, typer.Argument(metavar="on|off")],
    as_json: Json = False,
) -> None:
    """Whether faces of a library are told apart. Off: found faces stay nameless from now on.

    Example: `rushes people recognition holiday off`
    """
    from rushes.people.recognition import set_recognition
    from rushes.pipeline.startup import open_context

    with reported_errors(as_json):
        with open_context().engine.begin() as connection:
            set_recognition(connection, library, on=switch is Switch.ON)
        if as_json:
            print_json({"library": library, "face_recognition": switch is Switch.ON})
            return
        stdout.print(f"face recognition is {switch.value} in {library}", highlight=False)
        if switch is Switch.OFF:
            say("people who were recognised stay until each is erased: rushes people erase PERSON")
        else:
            say(f"films analysed meanwhile are taken in by: rushes people recluster {library}")


def erase(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="A cluster id or a name.")],
    library: Annotated[str | None, typer.Option(help="Only this library (its slug).")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Remove all that tells a person from others, for good. This cannot be undone.

    Faces, vectors, clusters and name go, and the documents of the films' faces as a whole. The
    films stay. A new analysis finds the face again, as somebody unnamed.

    Example: `rushes people erase "Ann Lee"`
    """
    from rushes.people.erasure import erase as erase_person
    from rushes.people.listing import find_person, seen_person
    from rushes.pipeline.startup import open_context

    with reported_errors(as_json):
        context = open_context()
        if not yes:
            with context.engine.connect() as connection:
                found = find_person(connection, person, library)
                seen = seen_person(connection, found)
            who = f"{found.name or 'unnamed'} ({found.cluster_id}, library {found.library_slug})"
            films = len({each.asset_id for each in seen.occurrences})
            typer.confirm(
                f"Erase {who}, seen in {films} films? This cannot be undone.", abort=True, err=True
            )
        report = erase_person(
            context.engine,
            context.documents,
            person,
            author(),
            library,
            vectors_root=context.settings.vectors_root,
        )
        if as_json:
            print_json(report)
            return
        stdout.print(
            f"erased: {report.faces} faces in {report.films} films, "
            f"{len(report.documents)} documents",
            highlight=False,
        )
        say("what still shows or may still hold the person:")
        for each in report.may_still_hold:
            say(f"  - {each}")


def _plain(entry: Entry) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(entry)


def _told(entry: Entry) -> str:
    """An entry's payload in a line."""
    parts = []
    for key, value in entry.payload.items():
        if isinstance(value, list):
            more = f" and {len(value) - _SHOWN_IDS} more" if len(value) > _SHOWN_IDS else ""
            value = ", ".join(map(str, value[:_SHOWN_IDS])) + more
        parts.append(f"{key}: {value}")
    return "; ".join(parts)
