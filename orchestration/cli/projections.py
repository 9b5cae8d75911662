"""projections: what is derived from artifacts, compared with them and made anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Annotated

import typer
from rich.progress import track
from sqlalchemy import Engine

from orchestration.cli.output import (
    EXIT_INTERNAL,
    JsonOption,
    print_json,
    print_table,
    reported_errors,
    say,
    stderr,
    stdout,
)

app = typer.Typer(help="What is derived from what was found.", no_args_is_help=True)

Names = Annotated[list[str] | None, typer.Argument(help="Projections; none: all.")]
Film = Annotated[str | None, typer.Option(help="Only of this film.")]
Library = Annotated[str | None, typer.Option(help="Only of the films of this library.")]

_FILMS_AT_ONCE = 50
"""In one transaction: others that commit wait for it."""
_TOTALS = "vocabulary"
"""Compared once for all films, since it holds sums over libraries."""


@app.command("list")
def list_projections(as_json: Annotated[bool, JsonOption] = False) -> None:
    """The derived tables, and what each is derived from.

    Example: `rushes projections list`
    """
    from rushes.artifacts.derived import FILM_ANSWERS
    from rushes.artifacts.projections import PROJECTIONS

    with reported_errors(as_json):
        rows = [(each.name, each.artifact_type.value) for each in PROJECTIONS]
        rows += [(name, "whole films") for name in FILM_ANSWERS]
        if as_json:
            print_json({"projections": [{"name": name, "of": of} for name, of in rows]})
        else:
            print_table("", ("projection", "derived from"), rows)


@app.command()
def rebuild(
    names: Names = None,
    film: Film = None,
    library: Library = None,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Derive them anew. No model runs; those of whole films are made together.

    Examples: `rushes projections rebuild` ·
    `rushes projections rebuild transcript_fts --film interview.mp4`
    """
    from rushes.artifacts import derived
    from rushes.pipeline.startup import open_context

    with reported_errors(as_json):
        wanted = derived.checked_names(names or ())
        engine = open_context().engine
        films = _films(engine, film, library)
        for chunk in _chunks(films, "rebuilding"):
            with engine.begin() as connection:
                derived.rebuild(connection, chunk, wanted)
        if as_json:
            print_json({"films": len(films), "projections": wanted})
        else:
            stdout.print(f"{len(wanted)} projections of {len(films)} films are derived anew")


@app.command()
def verify(
    names: Names = None,
    film: Film = None,
    library: Library = None,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Compare them with a fresh derivation; exit code 1 where they differ.

    Examples: `rushes projections verify` · `rushes projections verify --library holiday`
    """
    from rushes.artifacts import derived
    from rushes.pipeline.startup import open_context

    with reported_errors(as_json):
        wanted = derived.checked_names(names or ())
        engine = open_context().engine
        films = _films(engine, film, library)
        differing = Counter(dict.fromkeys(wanted, 0))
        of_films = [name for name in wanted if name != _TOTALS]
        for chunk in _chunks(films, "comparing") if of_films else ():
            with engine.begin() as connection:
                differing.update(derived.verify(connection, chunk, of_films))
        if _TOTALS in wanted:
            with engine.begin() as connection:
                differing.update(derived.verify(connection, films, [_TOTALS]))
        _report(differing, len(films), as_json)
        if differing.total():
            raise typer.Exit(EXIT_INTERNAL)


def _report(differing: Counter[str], films: int, as_json: bool) -> None:
    if as_json:
        print_json({"films": films, "differing_rows": dict(differing)})
        return
    if not differing.total():
        stdout.print(f"no drift in {films} films")
        return
    rows = [(name, count) for name, count in differing.items() if count]
    print_table("drift", ("projection", "rows that differ"), rows)
    say("mend them with: rushes projections rebuild")


def _films(engine: Engine, film: str | None, library: str | None) -> list[str]:
    from rushes.artifacts.derived import derived_films
    from rushes.library.repository import get_library, resolve_video

    if film is not None:
        return [resolve_video(engine, film).asset_id]
    with engine.connect() as connection:
        if library is not None:
            get_library(connection, library)
        return derived_films(connection, library)


def _chunks(films: Sequence[str], doing: str) -> Iterator[Sequence[str]]:
    """The films in parts, with progress on stderr."""
    starts = range(0, len(films), _FILMS_AT_ONCE)
    shown = track(starts, doing, console=stderr, transient=True, disable=not stderr.is_terminal)
    for start in shown:
        yield films[start : start + _FILMS_AT_ONCE]
        if not stderr.is_terminal:
            say(f"{doing} {min(start + _FILMS_AT_ONCE, len(films))}/{len(films)}")
