"""How the command line speaks: tables or JSON on stdout, the rest on stderr, exit codes.

Exit codes: 0 done; 1 an error inside Rushes; 2 the command or its input is wrong; 3 done, but
some films failed; 4 something outside is not there (database, disk, network); 130 Ctrl-C.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from rushes.errors import RushesError, UserError

EXIT_INTERNAL = 1
EXIT_USAGE = 2
EXIT_FILMS_FAILED = 3
EXIT_UNAVAILABLE = 4
EXIT_INTERRUPTED = 130

_PIPED_WIDTH = 200
"""Columns of a table that goes into a pipe or a file, where nothing says how wide the page is."""

stdout = Console(width=None if sys.stdout.isatty() else _PIPED_WIDTH)
stderr = Console(stderr=True)

JsonOption = typer.Option("--json", help="Print one JSON object in place of a table.")


def print_json(value: Any) -> None:
    """One JSON document on stdout."""
    sys.stdout.write(json.dumps(value, default=_plain, ensure_ascii=False, indent=2) + "\n")


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A table on stdout; texts are printed as they are, never read as markup.

    A `Text` is printed with its styles; what is in it is for the caller to make `printable`.
    """
    table = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*map(_cell, row))
    stdout.print(table)


def _cell(value: Any) -> str | Text:
    if isinstance(value, Text):
        return value
    return escape(printable("" if value is None else str(value)))


def say(message: str) -> None:
    """A line for people, on stderr."""
    stderr.print(escape(printable(message)), highlight=False, soft_wrap=True)


def printable(text: str) -> str:
    """`text` without what would act on a terminal: control characters are shown as escapes."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


@contextmanager
def reported_errors(as_json: bool) -> Iterator[None]:
    """Errors of ours as one line and an exit code; with `--json` also as an object on stdout."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        say("interrupted: what was finished stands, and the same command goes on from there")
        raise typer.Exit(EXIT_INTERRUPTED) from interrupt
    except (typer.Exit, typer.Abort):
        raise
    except Exception as error:
        known = _known(error)
        if as_json:
            print_json({"error": {"code": known.code, "message": known.message}})
        remedy = f"\n  {known.remedy}" if known.remedy else ""
        told = escape(printable(known.message)) + escape(remedy)
        stderr.print(f"[bold red]error[/] \\[{known.code}] {told}", highlight=False, soft_wrap=True)
        raise typer.Exit(_exit_code(known)) from error


def _known(error: Exception) -> RushesError:
    """`error` as one of ours; what nobody foresaw is kept whole in a log."""
    if isinstance(error, RushesError):
        return error
    from rushes.pipeline.faults import as_rushes_error
    from rushes.settings import get_settings

    known = as_rushes_error(error)
    if known.retryable:
        return known
    log = get_settings().data_dir / "logs" / "errors.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a") as out:
        out.write("".join(traceback.format_exception(error)))
    return RushesError(f"{type(error).__name__}: {error}", remedy=f"the whole of it is in {log}")


def _exit_code(error: RushesError) -> int:
    if isinstance(error, UserError):
        return EXIT_USAGE
    return EXIT_UNAVAILABLE if error.retryable else EXIT_INTERNAL


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    raise TypeError(f"cannot print {type(value).__name__} as JSON")
