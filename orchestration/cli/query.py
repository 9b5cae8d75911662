"""search, find, jump, artifacts: asking what stands in the index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.cli.output import (
    JsonOption,
    print_json,
    print_table,
    reported_errors,
    say,
    stdout,
)
from orchestration.cli.selections import Mode, PinnedRun, PreferredProfile, asked_selection
from rushes.artifacts.vocabulary import ArtifactType
from rushes.navigation.jump import Direction, Kind
from rushes.search.sources import Source

if TYPE_CHECKING:
    from rushes.search.fallback import SearchAnswer

Video = Annotated[str, typer.Argument(help="An asset_id, a path, or a file name.")]
SourceOption = Annotated[
    Source | None, typer.Option(help="Only what was said, or what is written on screen.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(search)
    app.command()(jump)
    app.command()(artifacts)


def search(
    text: Annotated[str, typer.Argument(help='Words, a "phrase", OR, -without.')],
    library: Annotated[str | None, typer.Option(help="Only this library (its slug).")] = None,
    source: SourceOption = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Hits at most.")] = 20,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Where was that said, or written on screen, in all films, best hits first.

    Examples: `rushes search "walking in the garden"` · `rushes search --source ocr 'no entry'`
    """
    from rushes.pipeline.startup import open_context
    from rushes.search.fallback import PostgresSearch

    with reported_errors(as_json):
        engine = open_context().engine
        answer = PostgresSearch(engine).search(text, library=library, source=source, limit=limit)
        _show_hits(answer, as_json)


def jump(
    video: Video,
    kind: Annotated[Kind, typer.Option(help="What to jump to.")] = Kind.SCENE,
    direction: Annotated[Direction, typer.Option(help="Which way.")] = Direction.NEXT,
    from_ms: Annotated[
        int | None, typer.Option("--from-ms", help="From here, in ms; absent: from the end.")
    ] = None,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """The next or previous scene or stretch of speech, strictly after or before a time.

    Example: `rushes jump interview.mp4 --kind scene --direction next --from-ms 12000`
    """
    from rushes.library.repository import resolve_video
    from rushes.media.timecode import format_clock
    from rushes.navigation.jump import jump as jump_to
    from rushes.pipeline.startup import open_context

    with reported_errors(as_json):
        engine = open_context().engine
        found = jump_to(engine, resolve_video(engine, video).asset_id, kind, direction, from_ms)
        if as_json:
            print_json(
                {
                    "video_id": found.video_id,
                    "jump_to": {"start_ms": found.start_ms, "end_ms": found.end_ms},
                    "artifact_ids": found.artifact_ids,
                    "run_id": found.run_id,
                    "producer": found.producer,
                    "model_profile": found.model_profile,
                }
            )
        else:
            span = f"{format_clock(found.start_ms)} - {format_clock(found.end_ms)}"
            stdout.print(f"{span}  ({found.start_ms} ms)", highlight=False)


def artifacts(
    video: Video,
    artifact_type: Annotated[
        ArtifactType | None, typer.Option("--type", help="Only artifacts of this type.")
    ] = None,
    selection: Mode = None,
    profile: PreferredProfile = None,
    run_id: PinnedRun = None,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Everything that was found in a film, by the selected run of each stage.

    Examples: `rushes artifacts interview.mp4 --type scene --json` ·
    `rushes artifacts interview.mp4 --type ocr.text --profile fast`
    """
    from rushes.artifacts.hashing import canonical_json
    from rushes.artifacts.selection import selected_run_ids
    from rushes.library.repository import resolve_video
    from rushes.media.timecode import format_clock
    from rushes.pipeline.startup import open_context

    with reported_errors(as_json):
        chosen = asked_selection(selection, profile, run_id)
        context = open_context()
        film = resolve_video(context.engine, video)
        with context.engine.connect() as connection:
            run_ids = selected_run_ids(connection, film.asset_id, artifact_type, chosen)
            found = context.artifacts.by_asset(connection, film.asset_id, artifact_type, run_ids)
        if as_json:
            print_json({"asset_id": film.asset_id, "path": film.path, "artifacts": found})
            return
        rows = [
            (
                format_clock(each.span_start_ms),
                format_clock(each.span_end_ms),
                each.artifact_type,
                canonical_json({k: v for k, v in each.payload.items() if k != "words"}),
                each.producer,
            )
            for each in found
        ]
        print_table(film.path, ("start", "end", "type", "payload", "producer"), rows)


def _show_hits(answer: SearchAnswer, as_json: bool) -> None:
    from dataclasses import asdict

    if as_json:
        print_json(
            {
                "search_source": answer.search_source,
                "query": answer.query,
                "matched": answer.matched,
                "took_ms": round(answer.took_ms, 2),
                "hits": [asdict(hit) for hit in answer.hits],
            }
        )
        return
    if not answer.hits:
        say(f"nothing found for: {answer.query}")
        return
    from rushes.media.timecode import format_clock

    rows = [
        (
            hit.path,
            format_clock(hit.start_ms),
            format_clock(hit.end_ms),
            hit.source,
            hit.text,
            hit.library + ("" if hit.library_status == "online" else " (offline)"),
        )
        for hit in answer.hits
    ]
    print_table("", ("film", "from", "to", "source", "text", "library"), rows)
    if answer.matched == "any_word":
        say("no film has all of these words together: shown is what has some of them")
