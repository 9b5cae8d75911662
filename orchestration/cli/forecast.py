"""plan: what a backfill would do, before it is started."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.cli.asked import Profile, Stages, workload_of
from orchestration.cli.output import JsonOption, print_json, print_table, reported_errors, say

if TYPE_CHECKING:
    from rushes.pipeline.forecast import Forecast, StageForecast

_ALL = 2**31 - 1
_HEADINGS = ("stage", "done", "to do", "from disk", "failed", "film", "takes about")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(plan)


def plan(
    library: Annotated[
        str | None, typer.Option(help="Only films of this library (its slug).")
    ] = None,
    profile: Profile = None,
    stages: Stages = None,
    retry: Annotated[bool, typer.Option(help="Count what failed as to be done again.")] = False,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """What a backfill of the registered films would do, and about how long it would take.

    The times come from what these stages took here before; nothing is changed.
    Examples: `rushes plan` · `rushes plan --profile high_quality --stages ocr --json`
    """
    from rushes.library.repository import list_videos
    from rushes.pipeline.forecast import Forecaster
    from rushes.pipeline.startup import open_context

    with reported_errors(as_json):
        work = workload_of(profile, stages)
        films = list_videos(open_context().engine, library=library, state="present", limit=_ALL)
        asset_ids = [film.asset_id for film in films]
        forecast = Forecaster(work).of(asset_ids, retry_failed=retry)
        if as_json:
            print_json({**asdict(forecast), "seconds": round(forecast.seconds, 1)})
        else:
            _show(forecast)


def _show(forecast: Forecast) -> None:
    """A line a stage, what stands in the way, and the sum."""
    from rushes.media.timecode import format_clock

    print_table(f"{forecast.films} films", _HEADINGS, [_row(each) for each in forecast.stages])
    for stage in forecast.stages:
        if stage.note:
            say(f"note: {stage.stage}: {stage.note}")
    if forecast.offline:
        say(
            f"{len(forecast.offline)} films wait for their drive: {', '.join(forecast.offline[:5])}"
        )
    if forecast.unmeasured:
        say(f"not measured here yet, and not in the sum: {', '.join(forecast.unmeasured)}")
    say(f"in all about {format_clock(round(forecast.seconds * 1000))}, in one process")


def _row(line: StageForecast) -> tuple[object, ...]:
    from rushes.media.timecode import format_clock

    film = takes = ""
    if line.to_do:
        film = format_clock(round(line.film_seconds * 1000))
        takes = "not measured" if line.seconds is None else format_clock(round(line.seconds * 1000))
    return (line.stage, line.done, line.to_do, line.from_disk, line.failed, film, takes)
