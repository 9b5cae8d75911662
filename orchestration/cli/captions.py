"""captions: SRT and WebVTT files beside films, as transcripts that no model has to make."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestration.cli.output import (
    EXIT_FILMS_FAILED,
    JsonOption,
    print_json,
    print_table,
    reported_errors,
    say,
    stdout,
)

if TYPE_CHECKING:
    from rushes.library.records import Video
    from rushes.pipeline.context import PipelineContext
    from rushes.pipeline.outcome import StageOutcome

app = typer.Typer(help="Captions (SRT, WebVTT) as transcripts.", no_args_is_help=True)

_QUIET_SECONDS = 8.0
_MANY = 2**31 - 1

Film = Annotated[str, typer.Argument(help="An asset_id, a path, or a file name.")]


@dataclass(frozen=True)
class _Work:
    """A caption file to be imported for a film. `language` None: what its name says."""

    film: Video
    file: Path
    language: str | None


@app.command("import")
def import_captions(
    film: Annotated[str | None, typer.Argument(help="An asset_id, a path, or a file name.")] = None,
    file: Annotated[
        Path | None, typer.Argument(help="The captions; absent: the file beside the film.")
    ] = None,
    library: Annotated[
        str | None, typer.Option(help="All films of this library that have captions beside them.")
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(help="Such as en. With --library only where the file's name says none."),
    ] = None,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Make captions the transcript of their film, which is then not transcribed.

    Examples: `rushes captions import interview.mp4` ·
    `rushes captions import interview.mp4 subtitles.srt --language en` ·
    `rushes captions import --library holiday`
    """
    from rushes.captions.languages import checked_language
    from rushes.errors import InvalidRequestError
    from rushes.pipeline.startup import open_context

    with reported_errors(as_json):
        if (film is None) == (library is None) or (library and file):
            raise InvalidRequestError("name either a film or a library", remedy="see --help")
        code = checked_language(language) if language else None
        context = open_context()
        if film is not None:
            _import_one(context, _one(context, film, file, code), as_json)
            return
        films = _films(context, library)
        _import_all(context, _of_library(context, films, str(library), code), len(films), as_json)


@app.command("list")
def list_captions(
    library: Annotated[str | None, typer.Option(help="Only this library (its slug).")] = None,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Films with captions beside them, or with a transcript that was imported.

    Example: `rushes captions list --library holiday`
    """
    from rushes.captions.sidecars import find_sidecars
    from rushes.pipeline.captions import TRANSCRIPT_TYPE, imported_transcripts
    from rushes.pipeline.startup import open_context

    with reported_errors(as_json):
        context = open_context()
        films = _films(context, library)
        beside = find_sidecars(films)
        with context.engine.connect() as connection:
            imported = imported_transcripts(connection, [film.asset_id for film in films])
        rows = [
            {
                "asset_id": film.asset_id,
                "path": film.path,
                "beside": [
                    {"file": each.path.name, "language": each.language}
                    for each in beside.get(film.asset_id, ())
                ],
                "imported": None if run is None else {
                    "run_id": run.run_id,
                    "producer": run.producer,
                    "segments": run.counts.get(TRANSCRIPT_TYPE, 0),
                    "finished_at": run.finished_at,
                },
            }
            for film in films
            if (run := imported.get(film.asset_id)) is not None or film.asset_id in beside
        ]  # fmt: skip
        if as_json:
            print_json({"films": rows})
        else:
            print_table("", ("film", "beside it", "imported"), [_listed(row) for row in rows])


@app.command()
def remove(film: Film, as_json: Annotated[bool, JsonOption] = False) -> None:
    """Delete the imported transcript of a film, which is transcribed at the next index.

    The caption file stays. Example: `rushes captions remove interview.mp4`
    """
    from rushes.library.repository import resolve_video
    from rushes.pipeline.captions import remove_captions
    from rushes.pipeline.startup import open_context

    with reported_errors(as_json):
        context = open_context()
        video = resolve_video(context.engine, film)
        removed = remove_captions(context, video)
        if as_json:
            print_json({"asset_id": video.asset_id, "path": video.path, "removed": removed})
        else:
            stdout.print(f"{removed} imported transcripts removed", highlight=False)


def _films(context: PipelineContext, library: str | None) -> list[Video]:
    from rushes.library.repository import list_videos
    from rushes.library.service import LibraryService

    if library is not None:
        LibraryService(context.engine, context.settings).get(library)
    return list_videos(context.engine, library=library, state="present", limit=_MANY)


def _one(context: PipelineContext, film: str, file: Path | None, language: str | None) -> _Work:
    from rushes.captions.sidecars import find_sidecars
    from rushes.errors import NotFoundError
    from rushes.library.repository import resolve_video

    video = resolve_video(context.engine, film)
    if file is not None:
        return _Work(video, file, language)
    beside = find_sidecars([video]).get(video.asset_id)
    if not beside:
        raise NotFoundError(
            f"there are no captions beside {video.path!r}",
            code="captions_not_found",
            remedy="name the file, or put it beside the film under the film's name",
        )
    if len(beside) > 1:
        others = ", ".join(each.path.name for each in beside[1:])
        say(f"{beside[0].path.name} is taken; also there: {others}")
    return _Work(video, beside[0].path, language)


def _of_library(
    context: PipelineContext, films: Sequence[Video], slug: str, language: str | None
) -> list[_Work]:
    from rushes.captions.languages import UNKNOWN
    from rushes.captions.sidecars import find_sidecars
    from rushes.errors import InvalidRequestError
    from rushes.library.service import LibraryService

    if not LibraryService(context.engine, context.settings).get(slug).root.is_dir():
        raise InvalidRequestError(
            f"library {slug!r} is offline", code="library_offline", remedy="connect its volume"
        )
    beside = find_sidecars(films)
    first = [(film, beside[film.asset_id][0]) for film in films if film.asset_id in beside]
    return [
        _Work(film, each.path, language if each.language == UNKNOWN else None)
        for film, each in first
    ]


def _import_one(context: PipelineContext, work: _Work, as_json: bool) -> None:
    row, outcome = _imported(context, work)
    if outcome.error is not None:
        raise outcome.error
    if as_json:
        print_json(row)
    else:
        print_table("", _HEADINGS, [_told(row)])


def _import_all(
    context: PipelineContext, works: Sequence[_Work], films: int, as_json: bool
) -> None:
    rows, told_at = [], time.monotonic()
    for number, work in enumerate(works, 1):
        rows.append(_imported(context, work)[0])
        if time.monotonic() - told_at > _QUIET_SECONDS:
            told_at = time.monotonic()
            say(f"{number}/{len(works)} {work.film.path}")
    failed = [row for row in rows if row["error"]]
    if as_json:
        print_json({"films": rows, "without_captions": films - len(works), "failed": len(failed)})
    else:
        print_table("", _HEADINGS, [_told(row) for row in rows if row["status"] != "unchanged"])
        unchanged = sum(row["status"] == "unchanged" for row in rows)
        stdout.print(
            f"{len(rows) - unchanged - len(failed)} imported, {unchanged} unchanged, "
            f"{len(failed)} failed, {films - len(works)} films without captions",
            highlight=False,
        )
    for row in failed:
        say(f"{row['path']}: [{row['error']['code']}] {row['error']['message']}")
    if failed:
        raise typer.Exit(EXIT_FILMS_FAILED)


def _imported(context: PipelineContext, work: _Work) -> tuple[dict[str, Any], StageOutcome]:
    from rushes.pipeline.captions import TRANSCRIPT_TYPE
    from rushes.pipeline.captions import import_captions as import_file

    notes: list[str] = []
    outcome = import_file(context, work.film, work.file, work.language, notes.append)
    for note in notes:
        say(note)
    counts, error = dict(outcome.counts), outcome.error
    return {
        "asset_id": work.film.asset_id,
        "path": work.film.path,
        "file": work.file.name,
        "status": outcome.status.value,
        "run_id": outcome.run_id,
        "segments": counts.pop(TRANSCRIPT_TYPE, 0),
        "left_out": counts,
        "notes": notes,
        "error": None if error is None else {"code": error.code, "message": str(error)},
    }, outcome


_HEADINGS = ("film", "captions", "status", "segments", "left out")


def _told(row: dict[str, Any]) -> tuple[Any, ...]:
    left_out = ", ".join(f"{count} {reason}" for reason, count in row["left_out"].items())
    return row["path"], row["file"], row["status"], row["segments"], left_out


def _listed(row: dict[str, Any]) -> tuple[str, str, str]:
    beside = ", ".join(f"{each['file']} ({each['language']})" for each in row["beside"])
    run = row["imported"]
    told = f"{run['segments']} segments, {run['producer']}" if run else ""
    return row["path"], beside, told
