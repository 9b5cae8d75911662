"""models: weights, where they come from and whether they are here."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TransferSpeedColumn,
)

from orchestration.cli.output import (
    EXIT_INTERNAL,
    JsonOption,
    print_json,
    print_table,
    reported_errors,
    say,
    stderr,
    stdout,
)
from rushes.errors import (
    ConfigurationError,
    InvalidRequestError,
    NotFoundError,
    RushesError,
)

if TYPE_CHECKING:
    from rushes.models.catalogue import Catalogue
    from rushes.models.entry import ModelEntry

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
            listed = [{**entry.model_dump(mode="json"), "path": path} for entry, path in rows]
            print_json({"models": listed})
            return
        columns = ("model", "for", "languages", "licence", "MB", "here", "origin")
        print_table("", columns, [_listed(entry, path is not None) for entry, path in rows])
        say("AGPL-3.0 asks for the source of what is built on it, also where it only serves others")


def _listed(entry: ModelEntry, here: bool) -> tuple[str, ...]:
    return (
        entry.name,
        entry.purpose,
        entry.languages or "",
        entry.licence,
        f"{entry.size_bytes / 1e6:.1f}",
        "yes" if here else "no",
        entry.origin,
    )


@app.command()
def fetch(
    names: Annotated[list[str] | None, typer.Argument(help="Models, by name.")] = None,
    profile: Annotated[
        str | None, typer.Option(help="The first choice of each stage: fast, balanced, ...")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All models: several GB.")] = False,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Fetch weights into the data directory; an interrupted fetch goes on where it stopped.

    Example: `rushes models fetch whisper-small`

    Example: `rushes models fetch --profile balanced`
    """
    with reported_errors(as_json):
        catalogue = _catalogue()
        chosen = list(names or []) + _chosen(catalogue, profile, everything)
        if not chosen:
            raise InvalidRequestError(
                "no model is named", remedy="name some, or give --profile or --all"
            )
        fetched, failed = _fetch_each(catalogue, dict.fromkeys(chosen))
        if as_json and not failed:
            print_json({"fetched": fetched})
        elif not as_json:
            for name, path in fetched.items():
                line = f"{name} ({catalogue.entry(name).licence}): {path}"
                stdout.print(line, highlight=False, markup=False, soft_wrap=True)
        for error in failed[1:]:
            say(str(error))
        if failed:
            raise failed[0]


@app.command()
def export(
    weights: Annotated[str, typer.Argument(help="A .pt file, or a model's name.")],
    onnx: Annotated[Path, typer.Argument(help="The ONNX file to write.")],
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Make ONNX of ultralytics' weights, for machines without torch. Needs the extra ultralytics.

    Then name the file in a profile: `models = ["/models/yolo11n.onnx"]`.
    Example: `rushes models export yolo11n /models/yolo11n.onnx`
    """
    from rushes.analysis.objects.export import export_onnx
    from rushes.models.choice import resolve

    with reported_errors(as_json):
        if onnx.suffix != ".onnx":
            raise InvalidRequestError(f"{onnx} does not end in .onnx", remedy="name it so")
        source = Path(weights) if weights.endswith(".pt") else None
        if source is None:
            source = resolve(_catalogue(), [weights]).file(".pt")
        elif not source.is_file():
            raise NotFoundError(f"there is no file {source}", remedy="name weights that are here")
        written = export_onnx(source.resolve(), onnx.resolve())
        if as_json:
            print_json({"onnx": written, "size_bytes": written.stat().st_size})
        else:
            stdout.print(str(written), highlight=False, markup=False, soft_wrap=True)


def _chosen(catalogue: Catalogue, profile: str | None, everything: bool) -> list[str]:
    """Models that can be fetched; what comes with a package and is not here is told."""
    names = [entry.name for entry in catalogue.entries()] if everything else []
    if profile is not None:
        names += _of_profile(catalogue, profile)
    for entry in map(catalogue.entry, names):
        if not entry.fetchable and catalogue.locate(entry.name) is None:
            say(f"{entry.name} is not fetched: {entry.remedy}")
    return [name for name in names if catalogue.entry(name).fetchable]


def _of_profile(catalogue: Catalogue, profile: str) -> list[str]:
    from rushes.analysis.profiles import load_profiles
    from rushes.models.wanted import wanted_models
    from rushes.pipeline.stages import STAGE_NAMES
    from rushes.settings import get_settings

    profiles = load_profiles(get_settings())
    names = []
    for stage in STAGE_NAMES:
        try:
            names += wanted_models(catalogue, profiles.stage(profile, stage))
        except ConfigurationError as error:
            if error.code != "unknown_stage":  # a stage need not have a section
                raise
    return names


def _fetch_each(
    catalogue: Catalogue, names: Iterable[str]
) -> tuple[dict[str, Path], list[RushesError]]:
    """What was fetched, and why the others were not: one that fails does not stop the next."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    fetched, failed = {}, []
    with Progress(*columns, TransferSpeedColumn(), console=stderr) as bars:
        for name in names:
            task = bars.add_task(name, total=None)

            def told(done: int, total: int, task: TaskID = task) -> None:
                bars.update(task, completed=done, total=total)

            try:
                fetched[name] = catalogue.fetch(name, told)
            except RushesError as error:
                failed.append(error)
    return fetched, failed


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
