"""search-index status, sync, verify, retry-dead, purge: keeping the index equal to Postgres."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from orchestration.cli.output import (
    EXIT_FILMS_FAILED,
    EXIT_INTERNAL,
    JsonOption,
    print_json,
    print_table,
    reported_errors,
    say,
    stdout,
)
from orchestration.cli.search_index.status_table import show_status
from orchestration.cli.search_progress import publishing_progress


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(status)
    app.command()(sync)
    app.command()(verify)
    app.command("retry-dead")(retry_dead)
    app.command()(purge)


def status(as_json: Annotated[bool, JsonOption] = False) -> None:
    """What waits to be published, what is published, and what went wrong. Asks Postgres only.

    Example: `rushes search-index status`
    """
    from rushes.pipeline.startup import open_context
    from rushes.search.sync.failures import failed_films
    from rushes.search.sync.status import sync_status

    with reported_errors(as_json):
        engine = open_context().engine
        found = sync_status(engine)
        with engine.connect() as connection:
            failures = failed_films(connection)
        if as_json:
            print_json({"status": found, "failures": failures})
        else:
            show_status(found, failures)


def sync(
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on with what changes later, until Ctrl-C.")
    ] = False,
    patience: Annotated[
        float, typer.Option(min=0, help="Seconds to wait for an engine that is away.")
    ] = 10.0,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Publish what waits. `rushes up` does it by itself; both may run at a time.

    Examples: `rushes search-index sync` · `rushes search-index sync --follow`

    Exit code 3: done, but some films could not be published; 4: the search engine is away.
    """
    from orchestration.publishing import follow as follow_steps
    from rushes.pipeline.startup import open_context
    from rushes.search.sync.draining import DrainLimits, drain

    with reported_errors(as_json):
        context = open_context()
        limits = DrainLimits(idle=None, away=None) if follow else DrainLimits(away=patience)
        with publishing_progress() as show:
            steps = drain(context.engine, context.quickwit, limits)
            done = follow_steps(context, steps, show)
        if as_json:
            print_json({"done": done})
        else:
            stdout.print(str(done))
            _tell_failures(done.failures.values())
        if done.failed:
            raise typer.Exit(EXIT_FILMS_FAILED)


def verify(
    repair: Annotated[
        bool, typer.Option("--repair", help="Publish anew what differs, and wait for it.")
    ] = False,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Compare every film with what is published of it, and every index with what it should hold.

    Examples: `rushes search-index verify` · `rushes search-index verify --repair`

    Exit code 1 where something differs, or still does after the repair.
    """
    from rushes.pipeline.startup import open_context
    from rushes.search.sync.reconcile import reconcile

    with reported_errors(as_json):
        context = open_context()
        now = datetime.now(UTC)
        say("comparing every film with the index")
        drift = reconcile(context.engine, context.quickwit, now, repair=repair)
        left = drift
        if repair and drift.total:
            _publish([*drift.stale, *drift.damaged])
            left = reconcile(context.engine, context.quickwit, datetime.now(UTC), repair=False)
        if as_json:
            print_json({"drift": drift, "total": drift.total, "left": left.total})
        else:
            _show_drift(drift, left.total, repair=repair)
        if left.total:
            raise typer.Exit(EXIT_INTERNAL)


def retry_dead(
    films: Annotated[
        list[str] | None, typer.Argument(help="asset_ids, paths or file names; none: all.")
    ] = None,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Publish films that were given up, after their cause was mended.

    Examples: `rushes search-index retry-dead` · `rushes search-index retry-dead tape7.mxf`

    Exit code 3 where some fail again.
    """
    from rushes.library.repository import resolve_video
    from rushes.pipeline.startup import open_context
    from rushes.search.sync import failures

    with reported_errors(as_json):
        engine = open_context().engine
        chosen = [resolve_video(engine, each).asset_id for each in films] if films else None
        with engine.begin() as connection:
            revived = failures.retry_dead(connection, chosen)
        done = _publish(revived)
        if as_json:
            print_json({"films": revived, "done": done})
        else:
            stdout.print(f"{len(revived)} films tried again: {done}")
            _tell_failures(done.failures.values())
        if done.failed:
            raise typer.Exit(EXIT_FILMS_FAILED)


def purge(as_json: Annotated[bool, JsonOption] = False) -> None:
    """Have the engine delete what no reader needs. `rushes up` does it every twenty minutes.

    Example: `rushes search-index purge`
    """
    from rushes.pipeline.startup import open_context
    from rushes.search.sync.purge import purge as purge_indexes

    with reported_errors(as_json):
        context = open_context()
        reports = purge_indexes(context.engine, context.quickwit, datetime.now(UTC))
        if as_json:
            print_json({"indexes": reports})
            return
        rows = [(each.index_name, each.purged, each.asked, each.waiting) for each in reports]
        print_table("", ("index", "gone", "asked for now", "still there"), rows)


def _publish(asset_ids: list[str]) -> Any:
    """Publish these films, with progress."""
    from orchestration.publishing import publish_films
    from rushes.pipeline.startup import open_context

    with publishing_progress() as show:
        return publish_films(open_context(), asset_ids, away_seconds=10.0, show=show)


def _tell_failures(failures: Any) -> None:
    for each in failures:
        say(f"{each.asset_id}: {each.code}: {each.text}")


def _show_drift(drift: Any, left: int, *, repair: bool) -> None:
    if not drift.total:
        stdout.print(f"no drift in {drift.films} films")
        return
    rows = [
        ("stale", len(drift.stale), "other documents than what is published"),
        ("damaged", len(drift.damaged), "the index does not hold what is published"),
        ("strange", len(drift.strange), "in the index and not known here; readers leave it out"),
    ]
    print_table("drift", ("kind", "number", "means"), [row for row in rows if row[1]])
    if not repair:
        say("mend it with: rushes search-index verify --repair")
    elif left:
        say(f"{left} still differ; see rushes search-index status")
    else:
        say("mended")
