"""documents: the filesystem index of what the models said."""

from __future__ import annotations

import csv
import sys
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

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

if TYPE_CHECKING:
    from rushes.documents import DocumentIndex

app = typer.Typer(help="What the models said, as files.", no_args_is_help=True)


def _index() -> DocumentIndex:
    from rushes.documents import DocumentIndex
    from rushes.settings import get_settings

    return DocumentIndex(get_settings().documents_root)


@app.command()
def rebuild(as_json: Annotated[bool, JsonOption] = False) -> None:
    """Make all pointers anew from the documents' metadata.

    Example: `rushes documents rebuild`
    """
    from rushes.documents import rebuild as rebuild_pointers

    with reported_errors(as_json):
        counts = asdict(rebuild_pointers(_index()))
        if as_json:
            print_json(counts)
        else:
            print_table("", tuple(counts), [tuple(counts.values())])


@app.command()
def verify(
    deep: Annotated[bool, typer.Option(help="Also read every file and compare its hash.")] = False,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Compare pointers with documents; exit code 1 where they differ.

    Example: `rushes documents verify --deep`
    """
    from rushes.documents import verify as verify_index

    with reported_errors(as_json):
        drifts = verify_index(_index(), deep=deep)
        if as_json:
            print_json({"drift": drifts})
        elif drifts:
            rows = [(each.kind, each.path, each.detail) for each in drifts]
            print_table("drift", ("kind", "path", "detail"), rows)
            say("mend pointers with: rushes documents rebuild")
        else:
            stdout.print("no drift")
        if drifts:
            raise typer.Exit(EXIT_INTERNAL)


@app.command()
def replay(as_json: Annotated[bool, JsonOption] = False) -> None:
    """Write to Postgres what the documents know and it does not. No model runs.

    Example: `rushes documents replay`
    """
    from rushes.pipeline.replay import replay as replay_documents
    from rushes.pipeline.startup import open_context

    with reported_errors(as_json):
        outcomes = list(replay_documents(open_context()))
        counts = Counter(outcome.status.value for outcome in outcomes)
        failed = [outcome for outcome in outcomes if not outcome.succeeded]
        if as_json:
            print_json({"written": counts["reused"], "failed": len(failed)})
        else:
            stdout.print(f"{counts['reused']} runs written from documents, {len(failed)} failed")
        for outcome in failed:
            say(f"{outcome.asset_id} {outcome.stage}: {outcome.error}")
        if failed:
            raise typer.Exit(EXIT_FILMS_FAILED)


@app.command()
def report(
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """The latest document of every task.

    Example: `rushes documents report --csv > report.csv`
    """
    from rushes.documents import report as report_index

    with reported_errors(as_json):
        rows = list(report_index(_index()))
        if as_json:
            print_json(rows)
        elif as_csv and rows:
            writer = csv.DictWriter(sys.stdout, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        elif not as_csv:
            shown = ("stage", "asset_id", "status", "model_id", "created_at", "doc_id")
            print_table("", shown, [tuple(row.get(name) for name in shown) for row in rows])
