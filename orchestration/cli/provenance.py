"""provenance: where an artifact comes from."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestration.cli.output import JsonOption, print_json, print_table, reported_errors


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(provenance)


def provenance(
    artifact_id: Annotated[str, typer.Argument(help="An artifact_id, as `--json` gives it.")],
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Where an artifact comes from: its envelope, its run, and what stands in for it.

    Example: `rushes provenance 3f0c1d5a9b...`
    """
    from dataclasses import asdict

    from rushes.api.parameters import clean
    from rushes.artifacts.hashing import canonical_json
    from rushes.artifacts.provenance import provenance as provenance_of
    from rushes.pipeline.startup import open_context

    with reported_errors(as_json):
        context = open_context()
        with context.engine.connect() as connection:
            found = asdict(provenance_of(connection, context.artifacts, clean(artifact_id)))
        if as_json:
            print_json(found)
            return
        envelope, run = found.pop("artifact"), found.pop("run")
        for title, facts in (("artifact", envelope), ("run", run), ("", found)):
            rows = [
                (name, canonical_json(each) if isinstance(each, dict) else each)
                for name, each in facts.items()
            ]
            print_table(title, ("", ""), rows)
