"""favourite: films and scenes that a person marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestration.cli.film_time import parse_place
from orchestration.cli.output import JsonOption, print_json, print_table, reported_errors, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine

    from rushes.library.favourites import Favourite

app = typer.Typer(help="Films and scenes that you marked.", no_args_is_help=True)

_ACTOR = "cli"
Place = Annotated[str, typer.Argument(metavar="FILM[@TIME]", help="A film, or its scene there.")]


@app.command()
def add(place: Place, as_json: Annotated[bool, JsonOption] = False) -> None:
    """Mark a film, or the scene at a time of it. Once more changes nothing.

    Examples: `rushes favourite add interview.mp4` · `rushes favourite add interview.mp4@1:05`
    """
    with reported_errors(as_json):
        _show(place, _mark(place, is_favourite=True), as_json, "marked", "was marked already")


@app.command()
def remove(place: Place, as_json: Annotated[bool, JsonOption] = False) -> None:
    """Mark it no more.

    Example: `rushes favourite remove interview.mp4@1:05`
    """
    with reported_errors(as_json):
        _show(
            place, _mark(place, is_favourite=False), as_json, "no longer marked", "was not marked"
        )


@app.command("list")
def list_favourites(
    film: Annotated[
        str | None, typer.Argument(help="Only this film and its scenes; else all.")
    ] = None,
    library: Annotated[str | None, typer.Option(help="Only of this library.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 1000,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Films and scenes that are marked.

    Examples: `rushes favourite list` · `rushes favourite list interview.mp4 --json`
    """
    from rushes.library.favourites import favourites
    from rushes.library.repository import resolve_video
    from rushes.pipeline.startup import open_context

    with reported_errors(as_json):
        engine = open_context().engine
        asset_id = None if film is None else resolve_video(engine, film).asset_id
        with engine.connect() as connection:
            found = favourites(connection, asset_id=asset_id, library=library, limit=limit)
        if as_json:
            print_json({"favourites": found})
        else:
            print_table("favourites", ("film", "library", "from", "to", "id"), [*map(_row, found)])


def _mark(place: str, *, is_favourite: bool) -> bool:
    """Whether that changed anything."""
    from rushes.library import favourites
    from rushes.pipeline.startup import open_context

    engine = open_context().engine
    asset_id, at_ms = _resolved(engine, place)
    with engine.begin() as connection:
        if at_ms is None:
            return favourites.set_film(connection, _ACTOR, asset_id, is_favourite)
        change: Callable[[Connection, str, str], bool] = (
            favourites.add_scene if is_favourite else favourites.remove_scene
        )
        return change(connection, _ACTOR, favourites.scene_at(connection, asset_id, at_ms))


def _resolved(engine: Engine, place: str) -> tuple[str, int | None]:
    """Film and time in ms; a name with @ in it is a film first."""
    from rushes.errors import InvalidRequestError, NotFoundError
    from rushes.library.repository import resolve_video

    try:
        return resolve_video(engine, place).asset_id, None
    except NotFoundError:
        if "@" not in place:
            raise
    film, at_ms, end_ms = parse_place(place)
    if end_ms is not None:
        raise InvalidRequestError(
            f"{place!r} is a span, not a time", code="invalid_time", remedy="write FILM@TIME"
        )
    return resolve_video(engine, film).asset_id, at_ms


def _show(place: str, changed: bool, as_json: bool, done: str, undone: str) -> None:
    if as_json:
        print_json({"place": place, "changed": changed})
    else:
        say(f"{place} {done if changed else undone}")


def _row(favourite: Favourite) -> tuple[Any, ...]:
    span = (favourite.start_ms, favourite.end_ms)
    start, end = ("" if each is None else f"{each / 1000:.3f}" for each in span)
    name = favourite.scene.artifact_id if favourite.scene else ""
    is_film = favourite.kind == "film"
    return (
        *(favourite.path, favourite.library_slug, start, end),
        favourite.asset_id if is_film else name or "no scene there now",
    )
