"""models: weights, where they come from and whether they are here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from orchestration.cli.output import (
    EXIT_INTERNAL,
    JsonOption,
    print_json,
    print_table,
    reported_errors,
    stderr,
    stdout,
)

if TYPE_CHECKING:
    from rushes.models.catalogue import Catalogue

app = typer.Typer(help="Model weights.", no_args_is_help=True)


def _catalogue() -> Catalogue:
    from rushes.models.catalogue import Catalogue
    from rushes.settings import get_settings

    return Catalogue(get_settings())


@app.command("list")
def list_models(as_json: Annotated[bool, JsonOption] = False) -> None:
    """All models of the catalogue: purpose, licence, size, and whether they are here.

    Example: `rushes models list`
    """
    with reported_errors(as_json):
        catalogue = _catalogue()
        rows = [(entry, catalogue.locate(entry.name)) for entry in catalogue.entries()]
        if as_json:
            print_json(
                {
                    "models": [
                        {**entry.model_dump(mode="json"), "path": path} for entry, path in rows
                    ]
                }
            )
            return
        print_table(
            "",
            ("model", "for", "languages", "licence", "MB", "here", "origin"),
            [
                (
                    entry.name,
                    entry.purpose,
                    entry.languages,
                    entry.licence,
                    round(entry.size_bytes / 1e6),
                    "yes" if path else "no",
                    entry.origin,
                )
                for entry, path in rows
            ],
        )


@app.command()
def fetch(
    names: Annotated[list[str], typer.Argument(help="Models, by name.")],
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Fetch weights into the data directory; an interrupted fetch goes on where it stopped.

    Example: `rushes models fetch whisper-small`
    """
    with reported_errors(as_json):
        catalogue = _catalogue()
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
        )
        with Progress(*columns, console=stderr) as bars:
            paths = {}
            for name in names:
                task = bars.add_task(name, total=catalogue.entry(name).size_bytes)

                def told(done: int, total: int, task: object = task) -> None:
                    bars.update(task, completed=done, total=total)  # type: ignore[arg-type]

                paths[name] = catalogue.fetch(name, told)
        if as_json:
            print_json({"fetched": paths})
        else:
            for name, path in paths.items():
                stdout.print(f"{name}: {path}", highlight=False, markup=False, soft_wrap=True)


@app.command()
def verify(
    names: Annotated[list[str] | None, typer.Argument(help="Absent: all that are here.")] = None,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Read the weights and compare their hashes; exit code 1 where one differs.

    Example: `rushes models verify`
    """
    with reported_errors(as_json):
        catalogue = _catalogue()
        chosen = names or [
            entry.name for entry in catalogue.entries() if catalogue.locate(entry.name)
        ]
        found = {name: catalogue.verify(name) for name in chosen}
        if as_json:
            print_json({"models": found})
        else:
            rows = [
                (name, "; ".join(f"{each.file}: {each.what}" for each in problems) or "good")
                for name, problems in found.items()
            ]
            print_table("", ("model", "state"), rows)
        if any(found.values()):
            raise typer.Exit(EXIT_INTERNAL)
