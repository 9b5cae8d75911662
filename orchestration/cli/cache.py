"""cache: what the media pass keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.filesize import decimal

from orchestration.cli.output import JsonOption, print_json, reported_errors, stdout

if TYPE_CHECKING:
    from rushes.media.cache import CacheStatus, MediaCache

app = typer.Typer(help="Frames, metrics and audio kept for later stages.", no_args_is_help=True)


@app.command()
def status(as_json: Annotated[bool, JsonOption] = False) -> None:
    """How much the cache holds, and how much it may.

    Example: `rushes cache status --json`
    """
    with reported_errors(as_json):
        _show(_cache().status(), as_json)


@app.command()
def prune(
    to_bytes: Annotated[
        int | None, typer.Option(min=0, help="Down to this many bytes; absent: to the budget.")
    ] = None,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Give back what was used least recently. It can be made again from the films.

    Example: `rushes cache prune --to-bytes 0`
    """
    with reported_errors(as_json):
        cache = _cache()
        cache.prune(to_bytes)
        _show(cache.status(), as_json)


def _cache() -> MediaCache:
    from rushes.media.cache import MediaCache
    from rushes.settings import get_settings

    settings = get_settings()
    return MediaCache(settings.cache_root, settings.cache_budget_bytes, settings.min_free_bytes)


def _show(found: CacheStatus, as_json: bool) -> None:
    if as_json:
        print_json(found)
    else:
        stdout.print(
            f"{found.entries} films, {decimal(found.bytes)} of {decimal(found.budget_bytes)}; "
            f"{decimal(found.free_bytes)} free on the disk",
            highlight=False,
        )
