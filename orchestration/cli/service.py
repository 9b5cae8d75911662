"""up, dagster, env: everything running, and Dagster's own command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchestration.cli.output import reported_errors, say


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(up)
    passed_on = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
    app.command("dagster", context_settings=passed_on)(dagster)
    app.command("dg", context_settings=passed_on)(dg)


def up(
    paths: Annotated[list[Path] | None, typer.Argument(help="Folders to watch.")] = None,
    port: Annotated[int | None, typer.Option(help="Port of the HTTP API.")] = None,
    dagster_port: Annotated[int | None, typer.Option(help="Port of the Dagster UI.")] = None,
) -> None:
    """Database, Dagster's web page and daemon, and the HTTP API, until Ctrl-C.

    Folders given are registered and watched: what is new in them is analysed by itself.

    Example: `rushes up ~/Films`
    """
    from orchestration.serving import serve

    with reported_errors(as_json=False):
        raise typer.Exit(serve(paths or [], port, dagster_port, say))


def dagster(context: typer.Context) -> None:
    """Dagster's own command line in the home that `rushes up` uses.

    Examples: `rushes dagster dev` · `rushes dagster run list`
    """
    from orchestration.serving import run_in_home

    with reported_errors(as_json=False):
        raise typer.Exit(run_in_home(["dagster", *context.args]))


def dg(context: typer.Context) -> None:
    """The `dg` command line in the same home; needs the package dagster-dg-cli.

    Example: `rushes dg list defs`
    """
    from orchestration.serving import run_in_home

    with reported_errors(as_json=False):
        raise typer.Exit(run_in_home(["dg", *context.args]))
