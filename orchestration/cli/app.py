"""Puts the commands together. Each module imports what it needs when it is called."""

from __future__ import annotations

import typer

from orchestration.cli import (
    api_key,
    artifacts,
    audit,
    backup,
    cache,
    captions,
    clip,
    corrections,
    db,
    delete,
    documents,
    favourite,
    find,
    forecast,
    index,
    libraries,
    models,
    moments,
    navigation,
    people,
    projections,
    provenance,
    query,
    search_index,
    selections,
    service,
    similar,
    stages,
    vectors,
)

app = typer.Typer(
    name="rushes",
    help=(
        "Turns a library of video into a time-coded, searchable index.\n\n"
        "Exit codes: 0 done; 1 error inside Rushes; 2 wrong command or input; "
        "3 done, but some films failed; 4 database, disk or network not there; 130 Ctrl-C."
    ),
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

index.register(app)
forecast.register(app)
query.register(app)
similar.register(app)
find.register(app)
navigation.register(app)
moments.register(app)
clip.register(app)
artifacts.register(app)
provenance.register(app)
selections.register(app)
corrections.register(app)
libraries.register(app)
stages.register(app)
delete.register(app)
service.register(app)
api_key.register(app)
audit.register(app)
backup.register(app)
app.add_typer(favourite.app, name="favourite")
app.add_typer(captions.app, name="captions")
app.add_typer(documents.app, name="documents")
app.add_typer(projections.app, name="projections")
app.add_typer(models.app, name="models")
app.add_typer(people.app, name="people")
app.add_typer(search_index.app, name="search-index")
app.add_typer(vectors.app, name="vectors")
app.add_typer(cache.app, name="cache")
app.add_typer(db.app, name="db")


def main() -> None:
    """Run the command line."""
    app(prog_name="rushes")
