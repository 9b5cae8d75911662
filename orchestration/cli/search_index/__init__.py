"""search-index: the search engine's indexes, what they hold, and which of them answers."""

from __future__ import annotations

import typer

from orchestration.cli.search_index import generations, syncing

app = typer.Typer(help="The search index: what it holds and what waits.", no_args_is_help=True)
syncing.register(app)
generations.register(app)
