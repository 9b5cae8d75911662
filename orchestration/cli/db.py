"""db: the schema of the database."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestration.cli.output import JsonOption, print_json, reported_errors, stdout

app = typer.Typer(help="The database's schema.", no_args_is_help=True)


@app.command()
def upgrade(as_json: Annotated[bool, JsonOption] = False) -> None:
    """Bring the schema up to date; done by itself at every start.

    Example: `rushes db upgrade`
    """
    from rushes.db.engine import make_engine
    from rushes.db.migrate import current_revision
    from rushes.db.migrate import upgrade as upgrade_schema
    from rushes.db.server import ensure_database
    from rushes.settings import get_settings

    with reported_errors(as_json):
        engine = make_engine(ensure_database(get_settings()).rushes)
        before = current_revision(engine)
        upgrade_schema(engine)
        after = current_revision(engine)
        engine.dispose()
        if as_json:
            print_json({"before": before, "after": after})
        else:
            stdout.print(f"schema at revision {after} (was {before or 'empty'})")
