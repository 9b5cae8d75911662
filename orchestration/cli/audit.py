"""audit: who changed what."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from orchestration.cli.output import JsonOption, print_json, print_table, reported_errors


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(audit)


def audit(
    subject: Annotated[
        str | None, typer.Argument(help="A film, or any id that the log names; none: all.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="The newest so many.")] = 50,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Who changed or deleted what, and when; the newest first.

    Examples: `rushes audit` · `rushes audit interview.mp4 --limit 10` · `rushes audit --json`
    """
    from rushes.audit import entries
    from rushes.pipeline.startup import open_context

    with reported_errors(as_json):
        engine = open_context().engine
        with engine.connect() as connection:
            found = entries(connection, subject=_subject_id(subject), limit=limit)
        if as_json:
            print_json({"entries": found})
            return
        rows = [
            (
                f"{each.at:%Y-%m-%d %H:%M:%S}",
                *(each.actor, each.action, each.subject),
                json.dumps(each.details, ensure_ascii=False) if each.details else "",
            )
            for each in found
        ]
        print_table("audit log", ("when", "who", "what", "of", "details"), rows)


def _subject_id(subject: str | None) -> str | None:
    """The film that is meant, or the text itself: a film that was deleted has only its id left."""
    from rushes.errors import NotFoundError
    from rushes.library.repository import resolve_video
    from rushes.pipeline.startup import open_context

    if subject is None:
        return None
    try:
        return resolve_video(open_context().engine, subject).asset_id
    except NotFoundError:
        return subject.replace("\0", "").encode("utf-8", "ignore").decode()
